from collections import defaultdict

from odoo import models
from odoo.exceptions import UserError

# One `create` of invoices gains nothing beyond this many.
BATCH_SIZE = 50


class MspBillingRun(models.Model):
    """From what is due to drafts and the ledger's charges."""

    _inherit = "msp.billing.run"

    def _retry_lines(self):
        """Take failed and blocked lines up again once the drafts are made."""
        if self.state == "preview":
            return
        tried = self.line_ids.filtered(lambda one: one.state in ("failed", "blocked"))
        tried._system_write({"state": "due", "error": False})

    def _next_lines(self):
        """Return the next due lines; contracts that share invoices come together."""
        lines = self.env["msp.billing.run.line"]
        domain = [("run_id", "=", self.id), ("state", "=", "due")]
        batch = lines.search(domain, order="sharing_key, id", limit=BATCH_SIZE)
        if len(batch) == BATCH_SIZE:
            batch |= lines.search(
                [*domain, ("sharing_key", "=", batch[-1].sharing_key)]
            )
        return batch

    def _create_next_batch(self):
        """Bill the next contracts; return whether more are waiting."""
        self.ensure_one()
        lines = self._next_lines()
        units = list(lines.grouped("sharing_key").values())
        for line, message in self._in_halves_of(units, self._bill).items():
            line._system_write({"state": "failed", "error": message})
        lines._tell_managers()
        return bool(self._next_lines())

    def _bill(self, lines):
        """Create the drafts and charges of `lines`; all or nothing.

        A contract that cannot be computed or that something blocks stands aside.
        """
        contracts = lines.contract_id
        contracts._lock_ledger()
        looks = self._look_at(contracts)
        refused = self._refuse_unapproved(lines, looks)
        self._store_looks(lines - refused, looks)
        billed = lines.filtered(lambda line: line.state == "due")
        self._read_at_once(billed.contract_id, looks)
        charges = [
            (contract, {**vals, "run_id": self.id})
            for contract in billed.contract_id.sorted("name")
            for vals in contract._prepare_charge_vals(looks[contract.id].charges)
        ]
        moves = self._create_moves(charges)
        self.env["msp.charge"]._append([vals for _contract, vals in charges])
        billed._system_write({"state": "done"})
        billed._link_moves(moves)
        billed.contract_id._clear_corrections_once(self, looks)
        contracts._mark_settled(self.date_until)

    def _store_looks(self, lines, looks):
        """Write into `lines` what was found for them now."""
        looked = [(line.contract_id, looks[line.contract_id.id]) for line in lines]
        figures = self._compute_figures(looked)
        for line in lines:
            vals = figures[line.contract_id]
            look = looks[line.contract_id.id]
            if not (look.charges or look.held or look.error):
                # Somebody else has billed it since.
                vals["state"] = "done"
            line._system_write(vals)
        self._store_exceptions((line, looks[line.contract_id.id]) for line in lines)

    def _look_again(self, lines):
        """Renew figures and exceptions of `lines`."""
        self._store_looks(lines, self._look_at(lines.contract_id))

    def _read_at_once(self, contracts, looks):
        """Read what the texts and lines of all contracts will ask for one by one."""
        contracts._positions_of(looks)
        keys = {
            claim.key
            for contract in contracts
            for charge in looks[contract.id].charges
            for claim in charge.claims
        }
        # sudo: as those do that compare with claims which a record rule hides
        claims = self.env["msp.charge"].sudo().browse(keys)
        claims.fetch()
        claims.move_line_id.fetch(["tax_ids"])
        (claims.tax_ids | claims.move_line_id.tax_ids).fetch(["name"])
        claims.move_id.fetch(["state", "name", "invoice_date", "payment_state"])

    # Documents

    def _create_moves(self, charges):
        """Create the drafts that carry `charges`, and give each charge its line.

        :param charges: list of (contract, values of a charge), in the order of the
            lines; the values get `move_line_id`
        :return: {contract: account.move}
        """
        groups = defaultdict(list)
        for contract, vals in charges:
            groups[contract._get_invoice_key(vals)].append((contract, vals))
        groups = list(groups.values())
        parties = [
            self.env["msp.contract"].union(*(contract for contract, _vals in group))
            for group in groups
        ]
        moves = (
            self.env["account.move"]
            .with_company(self.company_id)
            .create(
                [
                    contracts._prepare_invoice_vals(self, group)
                    for contracts, group in zip(parties, groups, strict=True)
                ]
            )
        )
        result = defaultdict(self.env["account.move"].browse)
        goals = []
        for move, contracts, group in zip(moves, parties, groups, strict=True):
            self._assign_lines(move, group)
            goals.append((move, contracts._get_weakest_goal()))
            for contract in contracts:
                result[contract] |= move
        self.env["msp.billing.run.invoice"]._append(self, goals)
        return result

    def _assign_lines(self, move, group):
        """Give each charge of `group` the line of `move` that carries it.

        :raise UserError: a line came out at another amount than its charge
        """
        lines = move.invoice_line_ids.filtered(
            lambda line: line.display_type == "product"
        ).sorted("sequence")
        for line, (contract, vals) in zip(lines, group, strict=True):
            if not line.currency_id.is_zero(line._msp_amount() - vals["amount"]):
                raise UserError(
                    self.env._(
                        "Contract %(contract)s: the invoice line came out at %(line)s "
                        "instead of %(amount)s. Check the decimal places of the unit "
                        "of measure.",
                        contract=contract.display_name,
                        line=line._msp_amount(),
                        amount=vals["amount"],
                    )
                )
            vals["move_line_id"] = line.id
