from markupsafe import Markup, escape

from odoo import fields, models

from .money import day_after, to_decimal


class MspBillingRunLine(models.Model):
    """What each charge of a line says; computed only for lines that are opened."""

    _inherit = "msp.billing.run.line"

    preview = fields.Text("Charges in Words", compute="_compute_details")
    details = fields.Html("Charges Due", compute="_compute_details", sanitize=False)

    def _compute_details(self):
        for line in self:
            if line.state == "done":
                rows = line._billed_rows()
            else:
                rows = line._due_rows()
            line.preview = "\n\n".join(
                f"{row['text']}\n= {row['amount']}" for row in rows
            )
            line.details = line._format_rows(rows)

    def _due_rows(self):
        """Return one dict of texts per charge that is due."""
        self.ensure_one()
        contract, run = self.contract_id, self.run_id
        look = run._look_at(contract)[contract.id]
        charges = self.env["msp.charge"]

        def price(amount):
            return charges._format_price(self.env, contract, amount)

        return [
            {
                "text": charges._explain(
                    contract,
                    charge,
                    charges.browse([claim.key for claim in charge.claims]),
                ),
                "days": charges._format_days(self.env, charge.start, charge.end),
                "before": price(charge.claimed) if charge.claims else "",
                "after": price(charge.entitled),
                "amount": price(charge.amount),
                "cause": self._describe_causes(charge),
            }
            for charge in look.charges
        ]

    def _describe_causes(self, charge):
        """Return the versions that changed what was claimed, in words."""
        if charge.kind != "correction":
            return ""
        causes = self.env["msp.charge"]._find_causes(self.contract_id, charge)
        return ", ".join(
            self.env._("version %(number)s (%(reason)s)", number=number, reason=reason)
            if reason
            else self.env._("version %s", number)
            for number, reason in causes
        )

    def _billed_rows(self):
        """Return one dict of texts per charge that this line has put on an invoice."""
        self.ensure_one()
        charges = self.env["msp.charge"].search(
            [("run_id", "=", self.run_id.id), ("contract_id", "=", self.contract_id.id)]
        )

        def price(amount):
            return charges._format_price(
                self.env, self.contract_id, to_decimal(float(amount))
            )

        rows = []
        # sudo: account managers see which invoice it is, not the invoices of others
        for charge in charges.sudo():
            before = sum(charge.compared_charge_ids.mapped("amount"))
            rows.append(
                {
                    "text": charge.name,
                    "days": charges._format_days(
                        self.env, charge.date_start, day_after(charge.date_end)
                    ),
                    "before": price(before) if charge.kind == "correction" else "",
                    "after": price(before + charge.amount),
                    "amount": price(charge.amount),
                    "cause": charge.move_id.name or self.env._("draft"),
                }
            )
        return rows

    def _format_rows(self, rows):
        """Return the rows as a table; columns that say nothing are left out."""
        if not rows:
            return False
        cause = self.env._("Invoice") if self.state == "done" else self.env._("Cause")
        columns = [
            ("text", self.env._("Charge"), ""),
            ("days", self.env._("Days"), "text-nowrap"),
            ("before", self.env._("Before"), "text-end text-nowrap"),
            ("after", self.env._("After"), "text-end text-nowrap"),
            ("amount", self.env._("Amount"), "text-end text-nowrap"),
            ("cause", cause, ""),
        ]
        if not any(row["before"] for row in rows):
            columns = [one for one in columns if one[0] not in ("before", "after")]
        columns = [one for one in columns if any(row[one[0]] for row in rows)]
        head = Markup().join(
            Markup('<th class="%s">%s</th>') % (style, title)
            for _key, title, style in columns
        )
        body = Markup().join(
            Markup("<tr>%s</tr>")
            % Markup().join(
                Markup('<td class="%s">%s</td>') % (style, _with_breaks(row[key]))
                for key, _title, style in columns
            )
            for row in rows
        )
        return Markup(
            '<table class="table table-sm o_msp_details">'
            "<thead><tr>%s</tr></thead><tbody>%s</tbody></table>"
        ) % (head, body)


def _with_breaks(text):
    return Markup("<br/>").join(escape(part) for part in (text or "").split("\n"))
