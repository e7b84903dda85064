from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ..formats import Line, match


class MspImport(models.Model):
    """A file compared with what earlier files said of the same lines.

    Whatever way a row comes again, one reading of it counts. A row that says
    otherwise than before replaces it; one that is missing asks.
    """

    _inherit = "msp.import"

    compared_charge_ids = fields.One2many(
        "msp.provider.charge",
        "import_id",
        "Changed and New Rows",
        domain=[("compare_kind", "in", ("changed", "new"))],
    )
    gone_charge_ids = fields.One2many(
        "msp.provider.charge", "gone_import_id", "Missing Rows"
    )
    is_compared = fields.Boolean(
        readonly=True, help="Rows of this file stood in earlier files."
    )
    compared_names = fields.Char("Compared with", readonly=True)
    same_count = fields.Integer("Same Rows", compute="_compute_comparison")
    changed_count = fields.Integer("Changed Rows", compute="_compute_comparison")
    gone_count = fields.Integer("Missing", compute="_compute_comparison")
    gone_open_count = fields.Integer(
        "Missing Rows to Decide", compute="_compute_comparison"
    )
    new_count = fields.Integer("New Rows", compute="_compute_comparison")
    amount_old = fields.Monetary(
        "Before",
        compute="_compute_comparison",
        help="What earlier files said of these lines and of those that are missing.",
    )
    amount_same = fields.Monetary("Same", compute="_compute_comparison")
    amount_changed = fields.Monetary(
        "Change of Changed Rows", compute="_compute_comparison"
    )
    amount_new = fields.Monetary("New", compute="_compute_comparison")
    amount_gone = fields.Monetary("Missing Rows' Money", compute="_compute_comparison")
    amount_compared = fields.Monetary(
        "Now",
        compute="_compute_comparison",
        help="Before + change + new - missing: the rows of this file.",
    )

    @api.depends(
        "provider_charge_ids.compare_kind",
        "gone_charge_ids.gone_decision",
        "is_compared",
    )
    def _compute_comparison(self):
        rows = self.env["msp.provider.charge"]
        found = {
            (import_.id, kind): (count, cost, before)
            for import_, kind, currency, count, cost, before in rows._read_group(
                [("import_id", "in", self.ids), ("compare_kind", "!=", False)],
                ["import_id", "compare_kind", "currency_id"],
                ["__count", "billed_cost:sum", "amount_before:sum"],
            )
            if currency == import_.currency_id
        }
        gone = {}
        for import_, decision, currency, count, cost in rows._read_group(
            [("gone_import_id", "in", self.ids)],
            ["gone_import_id", "gone_decision", "currency_id"],
            ["__count", "billed_cost:sum"],
        ):
            if currency == import_.currency_id:
                gone[import_.id, decision] = (count, cost)
        nothing = (0, 0.0, 0.0)
        for one in self:
            same = found.get((one.id, "same"), nothing)
            changed = found.get((one.id, "changed"), nothing)
            new = found.get((one.id, "new"), nothing)
            missing = [value for key, value in gone.items() if key[0] == one.id]
            one.same_count, one.changed_count = same[0], changed[0]
            one.new_count = new[0]
            one.gone_count = sum(count for count, _cost in missing)
            one.gone_open_count = gone.get((one.id, "open"), (0, 0.0))[0]
            one.amount_same = same[1]
            one.amount_changed = changed[1] - changed[2]
            one.amount_new = new[1]
            one.amount_gone = sum(cost for _count, cost in missing)
            one.amount_old = same[2] + changed[2] + one.amount_gone
            one.amount_compared = same[1] + changed[1] + new[1]

    # Compare

    def _store(self, reading):
        super()._store(reading)
        self._compare_with_before()

    def _compare_with_before(self):
        """Link the rows just read to those of earlier files."""
        self.env.flush_all()
        new = self._load_lines(SQL("c.import_id = %s", self.id))
        old = self._load_lines(self._get_compared_rows())
        if not old:
            return
        matching = match(old, new)
        if not (matching.same or matching.changed):
            # Another part of the invoice, or another invoice of the month.
            return
        touched = self._find_groups([line.id for _old, line in matching.changed])
        groups = self._find_groups_of([line.id for _old, line in matching.same])
        kept = [pair for pair in matching.same if groups.get(pair[1].id) not in touched]
        renewed = [pair for pair in matching.same if groups.get(pair[1].id) in touched]
        self._link_known(kept)
        self._link_replaced(renewed, "same")
        self._link_replaced(matching.changed, "changed")
        self._mark(matching.new, "new")
        self._ask_for_gone(matching)
        self._replace([one.id for one, _line in [*renewed, *matching.changed]])
        self.env.invalidate_all()
        names = self.env["msp.provider.charge"].browse(
            [one.id for one, _line in [*matching.same, *matching.changed]]
        )
        self._system_write(
            {
                "is_compared": True,
                "compared_names": ", ".join(
                    sorted(names.import_id.mapped("name"))[:10]
                ),
            }
        )

    def _get_compared_rows(self):
        """Return which rows of earlier files these may be: those that count."""
        return SQL(
            """
            c.import_id != %(id)s AND i.state != 'withdrawn'
            AND c.provider_id = %(provider)s AND c.company_id = %(company)s
            AND c.known_charge_id IS NULL AND c.superseded_by_id IS NULL
            AND c.id IN (
                  SELECT o.id FROM msp_provider_charge n
                    JOIN msp_provider_charge o ON o.line_key = n.line_key
                   WHERE n.import_id = %(id)s
                  UNION %(spoken_for)s)
            """,
            id=self.id,
            provider=self.provider_id.id,
            company=self.company_id.id,
            spoken_for=self._get_spoken_for(),
        )

    def _get_spoken_for(self):
        """Return of which rows the file says by silence that there are none.

        Those of the same invoice; without numbers those of the same month, if the
        provider's files are complete.
        """
        rows = SQL(
            "SELECT o.id FROM msp_provider_charge o "
            "WHERE o.invoice_id = ANY(%s) AND o.company_id = %s",
            self._load_invoice_numbers(),
            self.company_id.id,
        )
        if self._is_complete():
            rows = SQL(
                "%s UNION SELECT o.id FROM msp_provider_charge o "
                "JOIN msp_import m ON m.id = o.import_id AND m.sha256 = o.invoice_id "
                "WHERE m.provider_id = %s AND m.company_id = %s AND m.month = %s",
                rows,
                self.provider_id.id,
                self.company_id.id,
                self.month or None,
            )
        return rows

    def _load_invoice_numbers(self):
        """Return the provider's numbers of the invoices of the file.

        A file without a number has its hash instead.
        """
        numbers = self.env["msp.provider.charge"]._read_group(
            [("import_id", "=", self.id)], ["invoice_id"]
        )
        return [number for (number,) in numbers if number and number != self.sha256]

    def _is_complete(self):
        """Return whether what the file does not say is not there."""
        provider = self.provider_id
        says_all = "files_are_complete" in provider and provider.files_are_complete
        return bool(says_all) and not self.problem_count

    def _load_lines(self, condition):
        """Return the `formats.Line` of each row but those not invoiced yet."""
        query = SQL(
            """
            SELECT c.id, c.line_key, c.content_hash, c.currency_id, c.billed_cost,
                   c.pricing_quantity, c.charge_period_start, c.charge_period_end,
                   c.quantity, c.list_unit_price, c.contracted_unit_price, c.tax,
                   c.total, c.exchange_rate, c.event_date, c.charge_description,
                   c.event = 'usage' OR %(is_complete)s
                     OR (c.invoice_id IS NOT NULL AND c.invoice_id != i.sha256)
              FROM msp_provider_charge c JOIN msp_import i ON i.id = c.import_id
             WHERE %(condition)s
               AND 'unbilled' != ALL(string_to_array(COALESCE(c.flags, ''), ' '))
             ORDER BY c.id
            """,
            is_complete=self._is_complete(),
            condition=condition,
        )
        return [
            Line(
                row[0],
                row[1],
                row[2],
                exact=row[3:8],
                loose=row[8:15],
                description=row[15] or "",
                days=row[6:8],
                quantity=row[5],
                amount=row[4],
                price=row[10],
                is_strong=bool(row[16]),
            )
            for row in self.env.execute_query(query)
        ]

    def _find_groups_of(self, ids):
        """Return {row id: (customer, subscription)} of rows that say a quantity."""
        return {
            row_id: (customer, subscription)
            for row_id, customer, subscription in self.env.execute_query(
                SQL(
                    "SELECT id, customer_key, subscription_id "
                    "FROM msp_provider_charge WHERE id = ANY(%s) "
                    "AND is_quantity AND subscription_id IS NOT NULL",
                    ids,
                )
            )
        }

    def _find_groups(self, ids):
        """Return the subscriptions of rows.

        Half of a change says nothing, so all rows of a subscription count in one
        import.
        """
        return set(self._find_groups_of(ids).values())

    def _link_known(self, pairs):
        self._update_pairs(
            pairs,
            SQL(
                "known_charge_id = p.old_id, previous_charge_id = NULL, "
                "compare_kind = 'same', amount_before = o.billed_cost"
            ),
        )
        self._seen_again([one.id for one, _line in pairs])

    def _link_replaced(self, pairs, kind):
        self._update_pairs(
            pairs,
            SQL(
                "known_charge_id = NULL, previous_charge_id = p.old_id, "
                "compare_kind = %s, amount_before = o.billed_cost",
                kind,
            ),
        )

    def _update_pairs(self, pairs, assignments):
        if not pairs:
            return
        self.env.cr.execute(
            SQL(
                "UPDATE msp_provider_charge c SET %s "
                "FROM unnest(%s::int[], %s::int[]) AS p(old_id, new_id) "
                "JOIN msp_provider_charge o ON o.id = p.old_id "
                "WHERE c.id = p.new_id",
                assignments,
                [one.id for one, _line in pairs],
                [line.id for _one, line in pairs],
            )
        )

    def _mark(self, lines, kind):
        self.env.cr.execute(
            SQL(
                "UPDATE msp_provider_charge SET compare_kind = %s, amount_before = 0 "
                "WHERE id = ANY(%s)",
                kind,
                [line.id for line in lines],
            )
        )

    def _seen_again(self, ids):
        """Ask no more about rows that a file has again."""
        self.env.cr.execute(
            SQL(
                "UPDATE msp_provider_charge SET gone_import_id = NULL, "
                "gone_decision = NULL WHERE id = ANY(%s) AND gone_decision = 'open'",
                ids,
            )
        )

    def _ask_for_gone(self, matching):
        """Ask about rows of invoices that this file has, though not these rows."""
        found = [one.id for one, _line in [*matching.same, *matching.changed]]
        asked = self.env.execute_query(
            SQL(
                """
                UPDATE msp_provider_charge c
                   SET gone_import_id = %(id)s, gone_decision = 'open'
                  FROM msp_import i
                 WHERE i.id = c.import_id AND c.id = ANY(%(gone)s)
                   AND c.gone_decision IS DISTINCT FROM 'kept'
                   AND c.id IN (%(spoken_for)s)
                   AND (c.invoice_id = i.sha256 OR c.invoice_id IN (
                         SELECT o.invoice_id FROM msp_provider_charge o
                          WHERE o.id = ANY(%(found)s)))
                RETURNING c.id
                """,
                id=self.id,
                gone=[line.id for line in matching.gone],
                found=found,
                spoken_for=self._get_spoken_for(),
            )
        )
        self._drop_changes_of([row_id for (row_id,) in asked])

    # Replace

    def _replace(self, ids):
        """Let rows of earlier imports count no more, as this file says them anew."""
        if not ids:
            return
        replaced = self.env.execute_query(
            SQL(
                """
                UPDATE msp_provider_charge
                   SET superseded_by_id = %(id)s, state = 'ignored',
                       state_reason = %(reason)s, gone_decision = NULL,
                       gone_import_id = NULL
                 WHERE id = ANY(%(ids)s) OR known_charge_id = ANY(%(ids)s)
                RETURNING id
                """,
                id=self.id,
                ids=ids,
                reason=self.env._("Replaced by a row of %s", self.name),
            )
        )
        self._drop_changes_of([row_id for (row_id,) in replaced])

    def _drop_changes_of(self, ids):
        """Drop what earlier imports propose from rows and have not applied."""
        self.env.invalidate_all()
        changes = self.env["msp.import.change"].search(
            [
                ("provider_charge_ids", "in", ids),
                ("state", "!=", "applied"),
                ("version_id", "=", False),
            ]
        )
        imports = changes.import_id
        changes._system_unlink()
        for import_ in imports.filtered(lambda one: one.state == "prepared"):
            import_._system_write({"state": "mapped"})
        imports.filtered(lambda one: one.state != "withdrawn")._recount_rows()

    def _recount_rows(self):
        """Let rows follow assignments and changes again."""
        for import_ in self:
            if import_.state in ("mapped", "prepared", "applied"):
                import_._refresh_rows()
                import_._update_rows()

    def _take_back(self, rows):
        """Let missing rows count no more; withdraw versions that rest on them alone.

        Where the file speaks of the subscription otherwise, that rules.
        """
        rows = rows.filtered(lambda row: row.import_id != self)
        rows._system_write(
            {
                "gone_decision": "taken",
                "superseded_by_id": self.id,
                "state": "ignored",
                "state_reason": self.env._("%s does not have this row", self.name),
            }
        )
        spoken_for = {
            (customer, subscription)
            for customer, subscription in self.env["msp.provider.charge"]._read_group(
                [
                    ("import_id", "=", self.id),
                    ("subscription_id", "in", rows.mapped("subscription_id")),
                ],
                ["customer_key", "subscription_id"],
            )
        }
        silent = rows.filtered(
            lambda row: (
                row.is_difference
                or (row.customer_key, row.subscription_id) not in spoken_for
            )
        )
        self._undo_changes_of(silent)

    def _undo_changes_of(self, rows):
        """Withdraw what rows have caused, and apply again what others have a part in.

        A change that rests on other rows as well is for people to decide.
        """
        changes = self.env["msp.import.change"].search(
            [("provider_charge_ids", "in", rows.ids), ("state", "=", "applied")]
        )
        undone = changes.filtered(
            lambda change: all(
                row.superseded_by_id for row in change.provider_charge_ids
            )
        )
        versions = undone.version_id.filtered(lambda version: version.state == "active")
        reason = self.env._("%s does not have its rows any more", self.name)
        days = versions.mapped("date_start")
        agreed = changes.browse()
        if days:
            agreed = self._find_agreed(versions.contract_id, min(days)) - changes
        # sudo: who may import may take back what imports did
        versions.sudo()._withdraw(reason)
        again = versions.import_change_ids - undone
        again._system_write({"state": "proposed", "version_id": False})
        for contract, own in again.grouped("contract_id").items():
            self._apply_contract(contract, own)
        (changes - undone - again)._system_write(
            {
                "state": "waiting",
                "error": self.env._(
                    "Rows of this change are missing in %s. Check the contract.",
                    self.name,
                ),
            }
        )
        imports = changes.import_id
        undone._system_unlink()
        imports._recount_rows()
        agreed._look_again(self)

    # Withdraw

    def _hand_over_known_rows(self):
        """Bring back what these imports had replaced, or hand it to later ones."""
        heirs = {
            row_id: (heir_id, import_id)
            for row_id, heir_id, import_id in self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT ON (c.known_charge_id)
                           c.known_charge_id, c.id, c.import_id
                      FROM msp_provider_charge c
                      JOIN msp_provider_charge k ON k.id = c.known_charge_id
                      JOIN msp_import i ON i.id = c.import_id
                     WHERE k.import_id = ANY(%(ids)s) AND c.import_id != ALL(%(ids)s)
                       AND i.state != 'withdrawn' AND c.superseded_by_id IS NULL
                     ORDER BY c.known_charge_id, c.import_id, c.id
                    """,
                    ids=self.ids,
                )
            )
        }
        super()._hand_over_known_rows()
        self._bring_back_replaced(heirs)

    def _bring_back_replaced(self, heirs):
        """Let the rows that these imports replaced count again.

        :param heirs: {row of these imports: the equal row that counts instead, and
            its import}
        """
        rows = self.env["msp.provider.charge"]
        old = rows.search([("superseded_by_id", "in", self.ids)])
        mine = rows.search(
            [("import_id", "in", self.ids), ("previous_charge_id", "!=", False)]
        )
        successors, followers = {}, {}
        for row in mine:
            heir_id, import_id = heirs.get(row.id, (None, None))
            later = (row.superseded_by_id - self).id
            successors[row.previous_charge_id.id] = later or import_id
            if heir_id:
                followers[heir_id] = row.previous_charge_id.id
        for follower in rows.search([("previous_charge_id", "in", mine.ids)]):
            first = follower.previous_charge_id.previous_charge_id
            followers[follower.id] = first.id
        back, handed = rows, defaultdict(list)
        for row in old:
            successor = successors.get(row.known_charge_id.id or row.id)
            if successor:
                handed[successor].append(row.id)
            else:
                back += row
        for successor, ids in handed.items():
            rows.browse(ids)._system_write({"superseded_by_id": successor})
        self._follow(followers)
        missing = rows.search([("gone_import_id", "in", self.ids)])
        missing._system_write({"gone_import_id": False, "gone_decision": False})
        back._system_write(
            {"superseded_by_id": False, "state": "waiting", "state_reason": False}
        )
        for import_ in back.import_id.filtered(lambda one: one.state != "withdrawn"):
            import_._recount_rows()
            if import_.state == "prepared":
                import_._system_write({"state": "mapped"})
            import_.message_post(
                body=self.env._(
                    "Rows of this file that %s had replaced count here again.",
                    ", ".join(self.mapped("name")),
                )
            )
        (missing - back).import_id._recount_rows()

    def _follow(self, followers):
        """Set which row each row replaces, from {row: row before}."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE msp_provider_charge c SET previous_charge_id = p.first, "
                "amount_before = o.billed_cost "
                "FROM unnest(%s::int[], %s::int[]) AS p(id, first) "
                "LEFT JOIN msp_provider_charge o ON o.id = p.first "
                "WHERE c.id = p.id",
                list(followers),
                list(followers.values()),
            )
        )
        self.env.invalidate_all()
