import base64
from collections import defaultdict

from odoo import Command, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_amount

from .msp_import_bill_rows import NUMBER, booked
from .msp_reconciliation import USABLE


class MspImport(models.Model):
    """The vendor bill: the same rows, booked as what is owed to the provider."""

    _inherit = "msp.import"

    def action_create_bill(self):
        """Make a draft bill for each invoice of the files; open what was made.

        Several files of one invoice make one bill, also those that were not chosen.
        Of several invoices one that cannot be booked stops no other, and a message
        names it.

        :raise UserError: there is nothing to book, or the only file does not tie out
        """
        self._check_may_book()
        if not self:
            raise UserError(
                self.env._(
                    "There is no file to make a vendor bill of. Import it first."
                )
            )
        made, failures = [], {}
        units = self._group_for_bills()
        for imports in units:
            if len(units) == 1:
                made.append(imports._create_bills())
            else:
                failed = imports._in_halves_of(
                    [imports], lambda unit: made.append(unit._create_bills())
                )
                failures.update(
                    (one, text) for one, text in failed.items() if one in self
                )
        if not (any(made) or failures):
            raise UserError(
                self.env._(
                    "All rows of %s are on vendor bills already. Open these, or delete "
                    "a draft to make it anew.",
                    ", ".join(self.mapped("name")),
                )
            )
        return self._tell(failures, self.action_view_bills())

    def _check_may_book(self):
        if not self.env.user.has_group("msp_contract_billing.group_accountant"):
            raise AccessError(
                self.env._("Only an accountant may make vendor bills from a file.")
            )
        self.check_access("write")

    def _lock(self):
        """Let a second one who books the same files at once fail and start again."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE msp_import SET month = month WHERE id = ANY(%s)", self.ids)
        )

    # Which files belong together

    def _group_for_bills(self):
        """Return the imports in groups, each with all files of its invoices."""
        links = defaultdict(set)
        for import_, numbers in self._load_numbers_to_book().items():
            for number in numbers:
                links[import_.provider_id, import_.company_id, number].add(import_)
        groups = []
        for import_ in self.sorted("id"):
            if any(import_ in group for group in groups):
                continue
            group, found = set(), {import_}
            while found != group:
                group = set(found)
                found.update(*(one for one in links.values() if one & group))
            groups.append(self.browse().union(*group).sorted("id"))
        return groups

    def _load_numbers_to_book(self):
        """Return {import: numbers of invoices that it shares, and books}.

        Of these imports, and of others with rows of the same invoices for which no
        bill is in the books.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT r.import_id, r.invoice_id
                  FROM msp_provider_charge r
                  JOIN msp_import i ON i.id = r.import_id
                 WHERE r.known_charge_id IS NULL
                   AND r.invoice_id NOT IN ('', i.sha256)
                   AND (r.import_id = ANY(%(ids)s) OR (
                        i.state IN %(usable)s AND (i.provider_id, i.company_id,
                          r.invoice_id) IN (
                          SELECT m.provider_id, m.company_id, o.invoice_id
                            FROM msp_provider_charge o
                            JOIN msp_import m ON m.id = o.import_id
                           WHERE o.import_id = ANY(%(ids)s)
                             AND o.known_charge_id IS NULL
                             AND o.invoice_id != m.sha256)
                        AND NOT EXISTS (
                          SELECT 1 FROM account_move m
                            JOIN account_move_msp_import_rel x ON x.move_id = m.id
                           WHERE x.import_id = r.import_id
                             AND m.msp_file_number = r.invoice_id
                             AND (m.state = 'posted' OR m.msp_match_undo IS NOT NULL)
                             AND COALESCE(m.payment_state, '') != 'reversed')))
                """,
                ids=self.ids,
                usable=USABLE,
            )
        )
        found = defaultdict(set)
        for import_id, number in rows:
            found[self.browse(import_id)].add(number)
        return found

    # The bills of one group

    def _create_bills(self):
        """Make the bills of those invoices of the files that have none that stands.

        A draft that carries only some of an invoice's files is made anew.

        :param self: files that belong together, as `_group_for_bills` says
        """
        self._lock()
        moves = self.env["account.move"]
        refilled = self._find_drafts_to_refill()
        bills = [bill for bill in self._load_bills(refilled) if bill.costs]
        if not bills:
            return moves
        for import_ in self:
            import_._check_state(*USABLE)
        self._check_bill_possible()
        self._add_differences(bills, refilled)
        for bill in bills:
            moves |= self._create_bill(bill)
        return moves

    def _create_bill(self, bill):
        """Return the bill of one invoice, new or made anew."""
        self._check_not_booked(bill)
        vals = self._prepare_bill(bill)
        moves = self.env["account.move"].with_company(self.company_id)
        self._check_accounts(bill)
        if bill.refilled:
            move = self._refill(bill.refilled.with_env(moves.env), vals)
        else:
            move = moves._msp_create_tied(vals)
        self._complete(move, bill)
        self.browse(bill.shares)._attach_files(move)
        return move

    def _complete(self, move, bill):
        """Add to a bill's lines what follows from them; refuse what does not tie."""
        self._add_default_taxes(move, bill)
        self._tie_out(move, bill)
        self._link_booked_rows(move, bill)

    def _find_drafts_to_refill(self):
        """Return the drafts of these files that lack some file of their invoice."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT m.id FROM msp_provider_charge r
                  JOIN msp_import i ON i.id = r.import_id
                  JOIN account_move m ON m.msp_file_number = %s
                   AND m.currency_id = r.currency_id AND m.company_id = i.company_id
                  JOIN account_move_msp_import_rel x ON x.move_id = m.id
                 WHERE r.import_id = ANY(%s) AND x.import_id = ANY(%s)
                   AND r.known_charge_id IS NULL AND r.superseded_by_id IS NULL
                   AND m.state = 'draft' AND m.msp_match_undo IS NULL AND NOT %s
                """,
                NUMBER,
                self.ids,
                self.ids,
                booked(SQL("r.import_id"), NUMBER, SQL("r.currency_id")),
            )
        )
        drafts = self.env["account.move"].browse(move_id for (move_id,) in rows)
        for draft in drafts:
            if draft.msp_file_difference:
                raise UserError(
                    self.env._(
                        "Draft bill %(bill)s of invoice %(number)s was changed by hand "
                        "and has not all files of the invoice. Delete it, so that it "
                        "can be made of all files, or post it first.",
                        bill=draft.display_name,
                        number=draft.msp_file_number,
                    )
                )
        return drafts

    def _refill(self, move, vals):
        """Replace a draft's lines by those of all files of its invoice."""
        before = move.msp_import_ids
        if move.move_type != vals["move_type"]:
            move.unlink()
            return move._msp_create_tied(vals)
        kept = ("move_type", "company_id", "partner_id", "currency_id", "ref")
        if move.invoice_date:
            kept += ("invoice_date",)
        move.invoice_line_ids.unlink()
        move._msp_write_tied(
            {name: value for name, value in vals.items() if name not in kept}
        )
        move.message_post(
            body=self.env._(
                "Made anew of all files of the invoice: %s.",
                ", ".join((move.msp_import_ids | before).mapped("name")),
            )
        )
        return move

    def _check_bill_possible(self):
        if not self.provider_id.partner_id:
            raise UserError(
                self.env._(
                    "Provider %s has no vendor. An administrator enters it under "
                    "Configuration, Providers.",
                    self.provider_id.name,
                )
            )

    def _check_accounts(self, bill):
        """Refuse articles that no account of the company would book."""
        journal = self.env["account.journal"].search(
            [
                *self.env["account.journal"]._check_company_domain(self.company_id),
                ("type", "=", "purchase"),
            ],
            limit=1,
        )
        if not journal or journal.default_account_id:
            # Without any journal Odoo says so.
            return
        costs = [cost for cost in bill.costs if not (cost.booking or (None,))[0]]
        if costs:
            product = self.env["product.product"].browse(costs[0].product or ())
            raise UserError(
                self.env._(
                    "%(article)s of invoice %(number)s has no expense account, and "
                    "journal %(journal)s has none by default. Enter one at the product, "
                    "its category or the journal.",
                    article=product.display_name or costs[0].label,
                    number=bill.number,
                    journal=journal.display_name,
                )
            )

    def _format_cost(self, amount, currency=None):
        return format_amount(self.env, float(amount), currency or self.currency_id[:1])

    def _original(self):
        """Return the file as received."""
        return base64.b64decode(self.with_context(bin_size=False).file)

    def _attach_files(self, move):
        """Keep the files with the bill, each once; return the attachments."""
        attachments = self.env["ir.attachment"]
        known = set(
            attachments.search(
                [("res_model", "=", move._name), ("res_id", "=", move.id)]
            ).mapped("checksum")
        )
        new = attachments
        for import_ in self:
            file = attachments.create(
                {
                    "name": import_.file_name,
                    "raw": import_._original(),
                    "res_model": move._name,
                    "res_id": move.id,
                }
            )
            if file.checksum in known:
                file.unlink()
            else:
                new |= file
        return new

    def _link_booked_rows(self, move, bill):
        """Say of each row on which line it is booked."""
        lines = move.invoice_line_ids.sorted(lambda line: (line.sequence, line.id))
        pairs = [
            (row_id, line.id)
            for line, part in zip(lines, bill.lines, strict=True)
            for row_id in part.ids
        ]
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE msp_provider_charge c SET bill_line_id = p.line_id "
                "FROM unnest(%s::int[], %s::int[]) AS p(row_id, line_id) "
                "WHERE c.id = p.row_id",
                [row_id for row_id, _line in pairs],
                [line_id for _row, line_id in pairs],
            )
        )
        self.env["msp.provider.charge"].invalidate_model(["bill_line_id"])

    def _prepare_bill(self, bill):
        currency = self.env["res.currency"].browse(bill.currency_id)
        imports = self.browse(sorted(bill.shares))
        return {
            "move_type": "in_invoice" if bill.sign > 0 else "in_refund",
            "company_id": self.company_id.id,
            "partner_id": self.provider_id.partner_id.id,
            "currency_id": currency.id,
            "ref": bill.number,
            "invoice_origin": ", ".join(imports.mapped("name")),
            "msp_import_ids": [Command.set(imports.ids)],
            "msp_import_shares": {
                str(key): str(share) for key, share in bill.shares.items()
            },
            "msp_file_number": bill.number,
            "msp_has_file_tax": bill.states_tax,
            "msp_file_total": float(
                bill.sign * (bill.total if bill.states_tax else bill.net)
            ),
            **self._prepare_dates(imports, bill.number),
            **self._prepare_rate(imports, bill, currency),
            "invoice_line_ids": [
                Command.create(vals) for vals in self._prepare_bill_lines(bill)
            ],
        }
