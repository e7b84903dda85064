from odoo import api, fields, models
from odoo.tools import plaintext2html

CRON = "msp_reconciliation.ir_cron_create_bills"
ACTIVITY = "msp_reconciliation.mail_activity_type_bill"
# What accountants enter of the provider's invoice.
EDITABLE = {"invoice_date"}


class MspImport(models.Model):
    """Bills that are made, and posted, by themselves where the company wants it."""

    _inherit = "msp.import"

    bill_is_due = fields.Boolean(
        readonly=True, copy=False, help="The scheduler is to make the vendor bill."
    )
    bill_note = fields.Text(
        "Vendor Bill Waits",
        readonly=True,
        copy=False,
        help="Why the vendor bill was not made or posted by itself.",
    )

    def write(self, vals):
        own = {name: value for name, value in vals.items() if name in EDITABLE}
        if own:
            self.check_access("write")
            self._system_write(own)
        rest = {name: value for name, value in vals.items() if name not in own}
        result = super().write(rest) if rest or not own else True
        if {"invoice_amount", "invoice_date"} & set(vals):
            self._want_bills()
        return result

    def _finish(self):
        result = super()._finish()
        self._want_bills()
        return result

    def _get_bill_auto(self):
        provider = self.provider_id.with_company(self.company_id)
        return provider.bill_auto_post

    def _want_bills(self):
        """Let the scheduler make the bills; files that are applied only."""
        due = self.filtered(
            lambda one: (
                one.state == "applied" and not one.bill_is_due and one._get_bill_auto()
            )
        )
        if due:
            due._system_write({"bill_is_due": True})
            # sudo: whoever applies a file may have the scheduler go on
            self.env.ref(CRON).sudo()._trigger()

    @api.model
    def _cron_create_bills(self):
        """Make the bills of the next import; the rest in further calls."""
        commit_progress = self.env["ir.cron"]._commit_progress
        due = [("bill_is_due", "=", True)]
        import_ = self.search(due, order="id", limit=1)
        if not import_:
            return
        commit_progress(remaining=self.search_count(due))
        import_ = import_.with_company(import_.company_id)
        if import_._take_batch(import_._make_due_bills):
            commit_progress(1)
            if self.search_count(due, limit=1):
                self.env.ref(CRON)._trigger()

    def _make_due_bills(self):
        """Make and post what can be; say of the rest why it waits."""
        self.ensure_one()
        self._system_write({"bill_is_due": False})
        notes = []
        for unit in self._group_for_bills():
            made = []
            failed = self._in_halves_of(
                [unit], lambda one, made=made: made.append(one._create_or_match())
            )
            if failed:
                notes.extend(dict.fromkeys(failed.values()))
            elif self._get_bill_auto() == "post":
                notes.extend(unit._post_drafts())
        note = "\n".join(notes) or False
        if note and note != self.bill_note:
            self._tell_bill_waits(note)
        self._system_write({"bill_note": note})
        provider = self.provider_id
        if not self.search_count(
            [("provider_id", "=", provider.id), ("bill_note", "!=", False)], limit=1
        ):
            provider.activity_unlink([ACTIVITY])

    def _create_or_match(self):
        """Fill a draft that came as a document before, else make the bills."""
        self._check_bill_possible()
        for one in self._load_unbooked():
            others = self.env["account.move"]._msp_find_number(
                self.provider_id.partner_id, self.company_id, one.number
            )
            draft = others.filtered(
                lambda move: move.state == "draft" and not move.msp_import_ids
            )
            if len(draft) == 1 and one.number != one.imports[:1].file_name:
                one.imports._match_bill(draft.sudo(False), one.number, one.currency)
        return self._create_bills()

    def _post_drafts(self):
        """Post drafts that agree with the invoice; return why others are not.

        Odoo books a bill of a locked month on the first day it may.
        """
        drafts = self.bill_ids.filtered(lambda move: move.state == "draft")
        notes = []
        for draft in drafts:
            if why := self._explain_not_posted(draft):
                notes.append(why)
                continue
            failed = self._in_halves(draft, self._post_bill)
            notes.extend(failed.values())
        return notes

    def _post_bill(self, draft):
        if not draft.invoice_date:
            draft.invoice_date = fields.Date.context_today(self)
        draft.action_post()

    def _explain_not_posted(self, draft):
        """Return why a draft is not posted by itself, None if it may be."""
        undo = draft.msp_match_undo or {}
        if not (undo.get("is_total_known") or draft.msp_import_ids._is_total_known()):
            return self.env._(
                "Enter the net total of invoice %s: it is posted by itself once it is "
                "known to agree.",
                draft.msp_file_number,
            )
        if draft.msp_file_difference:
            return self.env._(
                "The bill of invoice %s was changed by hand. Post it yourself.",
                draft.msp_file_number,
            )
        is_foreign = draft.currency_id != draft.company_currency_id
        if is_foreign and draft.msp_rate_note and not draft.msp_currency_rate:
            return draft.msp_rate_note
        return None

    def _tell_bill_waits(self, note):
        """Say on the import, and to the provider's owner, what waits and why."""
        self.message_post(body=note)
        owner = self.provider_id.user_id
        if owner and self.company_id in owner.company_ids:
            self.provider_id.activity_schedule(
                ACTIVITY,
                date_deadline=fields.Date.context_today(self),
                summary=self.env._("Vendor bill of %s waits", self.name),
                note=plaintext2html(note),
                user_id=owner.id,
            )
