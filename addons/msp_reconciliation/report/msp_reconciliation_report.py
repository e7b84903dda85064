from itertools import zip_longest

from odoo import api, models

#: Fields of the three columns, with the currency of each: cost, own, or a number.
COLUMNS = (
    [
        ("vendor_total", "cost"),
        ("amount_billed", "cost"),
        ("amount_unbilled", "cost"),
        ("amount_waiting", "cost"),
        ("amount_info", "cost"),
        ("amount_ignored", "cost"),
        ("amount_before", "cost"),
        ("conservation_rest", "cost"),
        ("bill_total", "cost"),
        ("bill_difference", "cost"),
    ],
    [
        ("contract_value", "own"),
        ("billed_value", "own"),
        ("line_count", None),
        ("agreed_count", None),
    ],
    [
        ("leakage_total", "own"),
        ("overbilled_total", "own"),
        ("credit_total", "own"),
        ("cost_total", "own"),
        ("timing_total", "own"),
    ],
)


class ReportReconciliation(models.AbstractModel):
    """The proof of a month on paper: figures, files, findings, sample, sign-off.

    A month that is signed off is printed with the figures that were signed.
    """

    _name = "report.msp_reconciliation.report_reconciliation"
    _description = "Proof of the month"

    @api.model
    def _get_report_values(self, docids, data=None):
        return {
            "docs": self.env["msp.reconciliation"].browse(docids),
            "figures": self._load_figures,
            "findings": self._load_findings,
            "bills_changed": self._count_changed_bills,
        }

    def _load_figures(self, one):
        """Return lines of three cells [label, value, kind of currency]."""
        signed = (one.signed_figures or {}).get("figures", {})
        columns = [
            [
                [
                    one._fields[name]._description_string(self.env),
                    signed.get(name, one[name]),
                    currency,
                ]
                for name, currency in column
            ]
            for column in COLUMNS
        ]
        return zip_longest(*columns, fillvalue=["", "", None])

    def _load_findings(self, one):
        """Return all findings with those that matter most first; settled ones last."""
        return one.finding_ids.sorted(
            lambda finding: (finding.state == "gone", -abs(finding.amount_company))
        )

    def _count_changed_bills(self, one):
        # sudo: how many have changed is no secret, the bills are
        return len(one.sudo().changed_bill_ids)
