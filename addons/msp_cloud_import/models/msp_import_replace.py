from collections import defaultdict

from odoo import models
from odoo.tools import SQL


class MspImport(models.Model):
    """What becomes of rows that a later file replaces or does not have any more."""

    _inherit = "msp.import"

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
        self._apply_contracts([*again.grouped("contract_id").values()])
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
