from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL


class MspImport(models.Model):
    """Rows that stand in several files: each counts once, in one import."""

    _inherit = "msp.import"

    def _check_nothing_rests_on(self):
        """Refuse to take rows back whose difference another import left out.

        Its own change of that day is applied and cannot grow any more.
        """
        change = self.env["msp.import.change"].search(
            [
                # Its version is active, or waits for an approval.
                ("state", "in", ("applied", "waiting")),
                ("version_id", "!=", False),
                ("difference", "!=", 0),
                ("import_id", "not in", self.ids),
                ("import_id.state", "!=", "withdrawn"),
                "|",
                ("provider_charge_ids.known_charge_id.import_id", "in", self.ids),
                ("provider_charge_ids.previous_charge_id.import_id", "in", self.ids),
            ],
            limit=1,
        )
        if change:
            raise UserError(
                self.env._(
                    "Import %(later)s has left out rows that %(import)s had read. "
                    "Withdraw it first, then import its file again.",
                    **{
                        "later": change.import_id.name,
                        "import": ", ".join(self.mapped("name")),
                    },
                )
            )

    def _hand_over_known_rows(self):
        """Let the first other import that has read the same rows count them.

        Its rows wait until it is prepared again.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH freed AS (
                  SELECT c.id, first_value(c.id) OVER (
                           PARTITION BY c.known_charge_id
                           ORDER BY c.import_id, c.id) AS heir
                    FROM msp_provider_charge c
                    JOIN msp_provider_charge k ON k.id = c.known_charge_id
                    JOIN msp_import i ON i.id = c.import_id
                   WHERE k.import_id IN %(ids)s AND c.import_id NOT IN %(ids)s
                     AND i.state != 'withdrawn'
                )
                UPDATE msp_provider_charge c
                   SET known_charge_id = NULLIF(f.heir, f.id)
                  FROM freed f
                 WHERE c.id = f.id
                RETURNING c.import_id, c.known_charge_id IS NULL
                """,
                ids=tuple(self.ids),
            )
        )
        heirs = {import_id for import_id, is_heir in self.env.cr.fetchall() if is_heir}
        self.env.invalidate_all()
        for heir in self.browse(sorted(heirs)):
            if heir.state in ("mapped", "prepared", "applied"):
                heir._refresh_rows()
                heir._update_rows()
            if heir.state == "prepared":
                heir._system_write({"state": "mapped"})
            heir.message_post(
                body=self.env._(
                    "Rows of this file that %s had read before count here now. Prepare "
                    "this import again.",
                    ", ".join(self.mapped("name")),
                )
            )

    def _find_twins(self, rows):
        """Return {row number: row of another import that says the same difference}.

        Rows of one line have one key, but a corrected file or another view may
        print the line with another amount. Moving twice would bill twice.
        """
        moves = rows.filtered(
            lambda row: (
                row.is_difference
                and not row.known_charge_id
                and not row.previous_charge_id
            )
        )
        if not moves:
            return {}
        others = rows.search(
            [
                ("is_difference", "=", True),
                ("known_charge_id", "=", False),
                ("superseded_by_id", "=", False),
                ("subscription_id", "in", moves.mapped("subscription_id")),
                ("provider_id", "=", self.provider_id.id),
                ("company_id", "=", self.company_id.id),
                ("import_id", "!=", self.id),
                ("import_id.state", "!=", "withdrawn"),
                ("state", "!=", "ignored"),
                "|",
                ("import_id", "<", self.id),
                ("state", "=", "applied"),
            ]
        )
        by_key = {_difference_key(row): row for row in others}
        return {
            row.row: by_key[_difference_key(row)]
            for row in moves
            if _difference_key(row) in by_key
        }

    def _explain_twin(self, change, twins):
        """Return why a change waits that another import makes as well, or None."""
        number = next((row for row in change.rows if row in twins), None)
        return number and self.env._(
            "Row %(row)s says the same as %(other)s at another amount. Leave this out, "
            "or, if both are right, enter the quantity by a version.",
            row=number,
            other=twins[number].row_label,
        )


def _difference_key(row):
    return (
        row.subscription_id,
        row.sku_id,
        row.charge_period_start,
        row.pricing_quantity,
    )
