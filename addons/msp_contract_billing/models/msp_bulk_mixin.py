from odoo import api, models
from odoo.tools import SQL


class MspBulkMixin(models.AbstractModel):
    """Rows of which a run makes thousands: inserted with one query."""

    _name = "msp.bulk.mixin"
    _description = "Rows inserted in bulk"

    @api.model
    def _bulk_insert(self, vals_list):
        """Insert rows past guards, defaults and computes; return the records.

        The caller has checked the right to, names every column, rounds amounts, and
        invalidates what looks at the rows.

        :param vals_list: values of plain columns, all with the same keys; False is
            NULL except for booleans
        """
        if not vals_list:
            return self.browse()
        names = list(vals_list[0])
        booleans = {name for name in names if self._fields[name].type == "boolean"}
        shared = (self.env.uid, self.env.cr.now())
        rows = [
            (
                *(
                    None if vals[name] is False and name not in booleans else vals[name]
                    for name in names
                ),
                *shared,
                *shared,
            )
            for vals in vals_list
        ]
        columns = [*names, "create_uid", "create_date", "write_uid", "write_date"]
        insert = SQL(
            "INSERT INTO %s (%s) VALUES ",
            SQL.identifier(self._table),
            SQL(", ").join(map(SQL.identifier, columns)),
        )
        ids = self.env.cr.execute_values(
            f"{insert.code}%s RETURNING id", rows, page_size=len(rows), fetch=True
        )
        return self.browse([row_id for (row_id,) in ids])
