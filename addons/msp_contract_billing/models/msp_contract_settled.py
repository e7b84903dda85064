from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ..billing import BillingError
from ..billing.marks import is_settled

#: How many contracts a night's check takes, unless the parameter says otherwise.
SAMPLE_SIZE = 50


class MspContract(models.Model):
    """Which contracts are to be compared in full, and which are known to be right.

    A contract is settled up to a day if all that is due by then, and nothing
    else, is claimed. As long as neither its history nor its claims change, a run
    needs to look at newer periods only and reads no claims at all.
    """

    _name = "msp.contract"
    _inherit = ["msp.contract", "msp.batch.mixin"]

    to_settle = fields.Boolean(
        readonly=True,
        copy=False,
        default=True,
        help="Its content or its invoices have changed, so that the next run compares "
        "everything billed so far.",
    )
    settled_until = fields.Date(
        readonly=True,
        copy=False,
        help="Up to this day everything due was billed, and nothing else.",
    )

    _to_settle_idx = models.Index("(company_id) WHERE to_settle")

    def _mark_to_settle(self):
        """Let the next run compare all that was billed of these contracts.

        Called wherever entitlement or claims may change. Rows that are marked
        already are written too: of two transactions of which one marks a contract
        and the other finds it settled, the second one has to fail.
        """
        self._touch_ledger(SQL("to_settle = TRUE"))

    def _mark_settled(self, until):
        """Mark those of the contracts for which nothing due by `until` is left.

        The caller holds the ledger's lock. Nobody's word is taken: everything is
        computed once more, from the claims as they are stored now.

        :return: the contracts that are settled
        """
        self.env["msp.charge"].flush_model()
        claims = self.env["msp.charge"]._load_plain_claims(self)
        histories = self._load_histories()
        settled = self.filtered(
            lambda contract: contract._is_settled(
                histories[contract.id], claims[contract.id], until
            )
        )
        settled._touch_ledger(SQL("to_settle = FALSE, settled_until = %s", until))
        return settled

    def _is_settled(self, history, claims, until):
        """Return whether claims are what is due by `until`, and nothing beyond."""
        self.ensure_one()
        try:
            return is_settled(history, claims, until, self.currency_id.decimal_places)
        except BillingError:
            return False

    def _touch_ledger(self, *assignments):
        """Raise the revision of these rows and write system fields.

        Cursors are REPEATABLE READ: of two transactions that do this to one
        contract, the one with the older snapshot gets a serialization failure.

        :param assignments: SQL that sets columns
        """
        if not self.ids:
            return
        self.flush_recordset(["ledger_revision", "to_settle", "settled_until"])
        self.env.cr.execute(
            SQL(
                "UPDATE msp_contract SET %s WHERE id IN (SELECT id "
                "FROM msp_contract WHERE id IN %s ORDER BY id FOR NO KEY UPDATE)",
                SQL(", ").join(
                    [SQL("ledger_revision = ledger_revision + 1"), *assignments]
                ),
                tuple(self.ids),
            )
        )
        self.invalidate_recordset(
            ["ledger_revision", "to_settle", "settled_until"], flush=False
        )

    # Nightly check

    @api.model
    def _cron_check_settled(self):
        """Compute some contracts in full, to prove the marks or to mend them.

        Chance chooses, so that every contract has its turn. Those that are marked as
        settled must come out so; of the others, those for which nothing is left are
        marked, which saves the next run the comparison.
        """
        # sudo: only administrators of the server read parameters
        parameters = self.env["ir.config_parameter"].sudo()
        size = int(
            parameters.get_param("msp_contract_billing.settled_sample", SAMPLE_SIZE)
        )
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=2)
        for condition, method in (
            (SQL("NOT to_settle"), "_check_settled"),
            (SQL("to_settle"), "_find_settled"),
        ):
            sample = self._sample_of(condition, size)
            self._take_batch(getattr(sample, method))
            commit_progress(1)

    @api.model
    def _sample_of(self, condition, size):
        """Return up to `size` random contracts for which `condition` holds.

        Those that never had an active version are left out.
        """
        self.flush_model(["to_settle", "ledger_revision"])
        self.env.cr.execute(
            SQL(
                "SELECT id FROM msp_contract WHERE ledger_revision > 0 AND %s "
                "ORDER BY random() LIMIT %s",
                condition,
                size,
            )
        )
        return self.browse([contract_id for (contract_id,) in self.env.cr.fetchall()])

    def _find_settled(self):
        """Mark those of the contracts that have nothing left to be billed by today."""
        self._lock_ledger()
        self._mark_settled(fields.Date.context_today(self))

    def _check_settled(self):
        """Report the contracts whose mark is wrong, and have them compared in full."""
        wrong = {}
        for until, contracts in self.grouped("settled_until").items():
            found = contracts._settle(until, in_full=True)
            wrong |= {one: found[one.id] for one in contracts if found[one.id]}
        self.browse([one.id for one in wrong])._mark_to_settle()
        for contract, charges in wrong.items():
            contract._report_wrong_mark(charges)

    def _report_wrong_mark(self, charges):
        """Tell the account manager that a settled contract is not what was billed.

        :param charges: `billing.Charge` list, or the error that kept it from being
            computed
        """
        self.ensure_one()
        if isinstance(charges, BillingError):
            detail = str(charges)
        else:
            charge_model = self.env["msp.charge"]
            detail = "; ".join(
                f"{charge_model._format_days(self.env, charge.start, charge.end)}: "
                f"{charge_model._format_price(self.env, self, charge.amount)}"
                for charge in charges
            )
        body = self.env._(
            "The nightly check found a difference in what was marked as settled until "
            "%(day)s: %(detail)s. The next run compares everything that was billed. "
            "Please look at its preview.",
            day=format_date(self.env, self.settled_until),
            detail=detail,
        )
        self.message_post(body=body)
        self.activity_schedule(
            "mail.mail_activity_data_warning",
            user_id=(self.user_id or self.create_uid).id,
            summary=self.env._("Billed and agreed amounts differ"),
            note=body,
        )
