import csv
import io
import re

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

#: Causes that are mended by changing the contract from a day on.
BY_CONTRACT = (
    "seats_missing",
    "not_in_contract",
    "more_than_bundle",
    "cancellation_missed",
    "wrong_plan",
    "cost_changed",
    "promotion_ended",
)
#: Causes by which the customer pays too much: mended likewise, then credited.
BY_CREDIT = (
    "seats_surplus",
    "ended_at_provider",
    "only_in_contract",
    "less_than_bundle",
)
#: Causes that a differential run settles.
BY_RUN = ("to_correct", "not_billed", "not_passed_on", "late_usage", "rerated_usage")
#: Of these the contract takes over the provider's quantity.
BY_QUANTITY = (
    "seats_missing",
    "seats_surplus",
    "ended_at_provider",
    "only_in_contract",
)

RESOLUTIONS = [
    ("contract", "Contract changed"),
    ("credit", "Credited to the customer"),
    ("run", "Billed by a run"),
    ("assigned", "Assigned"),
    ("vendor", "Vendor was asked"),
    ("other", "Otherwise"),
]
#: Columns of the rows that a vendor is asked about.
COLUMNS = (
    "invoice_id",
    "row",
    "sub_account_id",
    "sub_account_name",
    "subscription_id",
    "sku_id",
    "sku_name",
    "charge_type",
    "charge_period_start",
    "charge_date_end",
    "pricing_quantity",
    "contracted_unit_price",
    "billed_cost",
)


class MspFinding(models.Model):
    """What is done about a finding: each way has its effect, and is remembered."""

    _inherit = "msp.finding"

    resolution = fields.Selection(RESOLUTIONS, readonly=True)
    version_ids = fields.One2many(
        "msp.contract.version", "finding_id", "Versions Made", readonly=True
    )
    can_change = fields.Boolean(compute="_compute_ways")
    can_credit = fields.Boolean(compute="_compute_ways")
    can_bill = fields.Boolean(compute="_compute_ways")

    @api.depends("cause", "contract_id", "state")
    def _compute_ways(self):
        for finding in self:
            is_open = finding.state in ("open", "small") and finding.contract_id
            finding.can_change = is_open and finding.cause in BY_CONTRACT
            finding.can_credit = is_open and finding.cause in BY_CREDIT
            finding.can_bill = is_open and (
                finding.cause in BY_RUN or bool(finding.version_ids)
            )

    def _note_resolution(self, resolution, text):
        """Remember what is being done; the comparison says whether it has helped."""
        self.check_access("write")
        self.reconciliation_id._check_open()
        self._system_write({"resolution": resolution})
        for finding in self:
            finding.message_post(body=text)

    # Change the contract, credit the customer

    def action_amend(self):
        """Open Change Contract with the first day on which the sides differ.

        Where only the quantity differs, the provider's is filled in.
        """
        # Not only when all is entered.
        self.reconciliation_id._check_open()
        action = super().action_amend()
        if self.cause == "wrong_plan":
            action["context"]["default_reason"] = self.explanation
        return action

    def action_credit(self):
        """Open Change Contract so that the customer no longer pays for it, and since.

        The differential run then credits what was paid too much.
        """
        action = self.action_amend()
        context = action["context"]
        context["default_reason"] = self.env._(
            "Paid since %(day)s though not supplied, %(age)s days: credited.",
            day=format_date(self.env, context["default_date_start"]),
            age=self.age,
        )
        return {**action, "name": self.env._("Credit the Customer")}

    # Bill

    def action_bill(self):
        """Open the wizard whose run settles it, for these contracts only."""
        self.check_access("read")
        self.env["msp.billing.run"].check_access("create")
        contracts = self.contract_id
        if not contracts:
            raise UserError(
                self.env._(
                    "The findings are about no contract, so no run settles them."
                )
            )
        is_regular = set(self.mapped("cause")) == {"not_billed"}
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_contract_billing.msp_billing_run_action_regular"
            if is_regular
            else "msp_contract_billing.msp_billing_run_action_differential"
        )
        self._note_resolution("run", self.env._("A run was opened to bill it."))
        return {
            **action,
            "context": {
                "default_kind": "regular" if is_regular else "differential",
                "default_contract_ids": [Command.set(contracts.ids)],
            },
        }

    # Ask the vendor

    def action_ask_vendor(self):
        """Open a mail to the vendor about these findings, with their rows."""
        one = self.reconciliation_id
        if len(one) != 1:
            raise UserError(
                self.env._("Choose findings of one provider and month: it is one mail.")
            )
        one._check_open()
        vendor = one.provider_id.partner_id
        if not vendor:
            raise UserError(
                self.env._(
                    "Provider %s has no vendor to write to. An administrator enters it "
                    "under Configuration, Providers.",
                    one.provider_id.name,
                )
            )
        template = self.env.ref("msp_reconciliation.mail_template_ask_vendor")
        attachment = self.env["ir.attachment"].create(
            {
                "name": self._name_of_rows(),
                "raw": self._rows_as_csv(),
                "mimetype": "text/csv",
                "res_model": "mail.compose.message",
                "res_id": 0,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "mail.compose.message",
            "name": self.env._("Ask %s", vendor.display_name),
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_model": one._name,
                "default_res_ids": one.ids,
                "default_template_id": template.id,
                "default_composition_mode": "comment",
                "default_attachment_ids": [Command.set(attachment.ids)],
                "msp_finding_ids": self.ids,
            },
        }

    def _name_of_rows(self):
        return f"{self.reconciliation_id.provider_id.code}-{self[:1].month:%Y-%m}.csv"

    def _rows_as_csv(self):
        """Return the rows of the files behind the findings, as bytes.

        A cell of a file that looks like a formula is text.
        """
        rows = self.charge_ids
        output = io.StringIO()
        writer = csv.writer(output, quoting=csv.QUOTE_ALL)
        writer.writerow(
            [rows._fields[name].get_description(self.env)["string"] for name in COLUMNS]
        )
        for row in rows:
            writer.writerow([_safe(row[name]) for name in COLUMNS])
        return output.getvalue().encode("utf-8-sig")

    def _note_asked(self):
        """Say on the findings that the vendor was asked; they stay open."""
        self._note_resolution("vendor", self.env._("The vendor was asked about it."))

    # Ignored until a day

    @api.model
    def _reopen_due(self):
        """Open what was ignored until today."""
        due = self.search(
            [
                ("state", "=", "ignored"),
                ("ignored_until", "<=", fields.Date.context_today(self)),
                ("reconciliation_id.state", "=", "open"),
            ]
        )
        due._system_write({"state": "open", "came_back": True, "ignored_until": False})
        for finding in due:
            finding.message_post(body=self.env._("It was ignored until today."))
        for one in due.reconciliation_id:
            one._mark_small()
            one._update_finding_activities()


def _safe(cell):
    """Return a cell as a spreadsheet may have it: never a live formula.

    Not behind a character either at which spreadsheets of some countries begin a cell.
    """
    if cell is False or cell is None:
        return ""
    if isinstance(cell, str):
        return re.sub(r"(^|[;\t\r\n])(\s*)(?=[=+\-@])", r"\1\2'", cell)
    return str(cell)


class MspReconciliation(models.Model):
    _inherit = "msp.reconciliation"

    def _find_asked(self):
        """Return the findings that a mail to the vendor is about; for its template.

        The context names them, in which callers may write what they like.
        """
        ids = self.env.context.get("msp_finding_ids")
        ids = ids if isinstance(ids, list | tuple) else ()
        return self.finding_ids.filtered(lambda finding: finding.id in ids)
