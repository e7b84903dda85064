from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import polars as pl

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, split_every

from ..formats import Problem
from ..formats.usage_reading import UsageReading
from .msp_import_read import BATCH_SIZE

# Columns of the details as the reader yields them; see `formats.UsageBatch`.
_DETAILS = (
    "row",
    "charge_date",
    "quantity",
    "unit_price",
    "billed_cost",
    "resource_id",
    "resource_name",
    "resource_group",
    "region",
    "tags",
    "raw",
)
# PostgreSQL is handed so many bytes at once.
_BUFFER_BYTES = 1 << 18
# What a charge is that may be passed on, besides usage, in a file of usage.
_NEVER_PASSED = ("tax", "unknown")


class MspImport(models.Model):
    """Step 1 for files of usage: a million rows become details and their sums."""

    _inherit = "msp.import"

    has_usage = fields.Boolean(
        readonly=True, help="The rows of the file are kept as details of charges."
    )

    def _store(self, reading, parts=None):
        if not isinstance(reading, UsageReading):
            super()._store(reading, parts)
        else:
            self._store_usage(reading, parts)
        self._supersede_unbilled()

    def _store_usage(self, reading, parts=None):
        """Store details, then charges; no step takes time per row in Python.

        :param parts: `Parts` of a file that is read in several transactions: nobody
            sees its details before its charges are there
        """
        currencies, links_of = self._load_currencies(), self._load_known_links()
        charges = self.env["msp.provider.charge"]
        problems, invoices = [], {}
        ids, days = {}, {}
        reserved = self._load_reserved_ids() if parts else []
        # PostgreSQL stores a batch while the next one is read. Only one of both
        # uses the cursor at any time.
        with ThreadPoolExecutor(max_workers=1) as worker:
            stored = None
            for batch in reading.batches():
                problems += batch.problems
                frame = batch.frame
                if not frame.height:
                    continue
                self._add_days(frame, days)
                if stored:
                    stored.result()
                self._reserve_ids(frame, ids, reserved)
                last = frame["row"][-1]
                if parts and parts.position:
                    frame = frame.filter(pl.col("row") > parts.position)
                if not frame.height:
                    continue
                table = self._get_details(frame, ids)
                stored = worker.submit(_copy_details, self.env.cr, table)
                if parts:
                    stored.result()
                    parts.end(last, last - parts.position)
            if stored:
                stored.result()
        unusable = []
        for items in split_every(BATCH_SIZE, reading.charges()):
            vals_list = []
            for charge in items:
                item = self._check_charge(charge, currencies)
                if isinstance(item, Problem):
                    problems.append(item)
                    unusable.append(ids[charge.row_key])
                    continue
                invoices[charge.invoice_id] = True
                first, last = days[charge.row_key]
                vals = charges._prepare_vals(self, charge, currencies)
                vals.update(
                    id=ids[charge.row_key],
                    used_start=first,
                    used_end=last,
                    is_amount=not vals["is_quantity"]
                    and charge.event not in _NEVER_PASSED
                    and "unbilled" not in charge.flags,
                )
                vals_list.append({**vals, **links_of(vals)})
            charges._stage(vals_list)
        self._drop_details(unusable)
        self._check_details()
        self._store_problems(reading, problems, currencies)
        vals = self._prepare_read_vals(reading, currencies, invoices)
        self._system_write({**vals, "has_usage": True})
        # COPY tells the cache nothing.
        self.env.flush_all()
        self.env.invalidate_all()

    def _load_reserved_ids(self):
        """Return the ids to which stored rows refer, the last one first.

        Charges get them in the order of their first rows, so they are found again
        when the file is read again.
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT charge_id FROM msp_usage_row WHERE import_id = %s "
                "ORDER BY charge_id DESC",
                self.id,
            )
        )
        return [charge_id for (charge_id,) in rows]

    def _reserve_ids(self, frame, ids, reserved):
        """Give each charge its id when its first row comes: rows refer to it.

        :param reserved: ids that come first, the next one last
        """
        keys = frame["charge_key"].unique(maintain_order=True)
        for key in keys if reserved else ():
            if reserved and key not in ids:
                ids[key] = reserved.pop()
        new = [key for key in keys if key not in ids]
        if new:
            self.env.cr.execute(
                SQL(
                    "SELECT nextval('msp_provider_charge_id_seq') "
                    "FROM generate_series(1, %s)",
                    len(new),
                )
            )
            found = [number for (number,) in self.env.cr.fetchall()]
            ids.update(zip(new, found, strict=True))

    def _add_days(self, frame, days):
        """Add to {charge key: first and last day of use}."""
        groups = frame.group_by("charge_key").agg(
            pl.col("charge_date").min().alias("first"),
            pl.col("charge_date").max().alias("last"),
        )
        for key, first, last in groups.iter_rows():
            before = days.get(key, (first, last))
            days[key] = (min(before[0], first), max(before[1], last))

    def _get_details(self, frame, ids):
        """Return the rows as columns of their table: digits as in the file."""
        keys = frame["charge_key"].unique()
        numbers = pl.Series([ids[key] for key in keys], dtype=pl.Int64)
        charge = frame["charge_key"].replace_strict(
            keys, numbers, return_dtype=pl.Int64
        )
        return frame.select(
            pl.lit(self.id).alias("import_id"),
            pl.lit(self.company_id.id).alias("company_id"),
            charge.alias("charge_id"),
            self._get_tag_value(),
            *_DETAILS,
        )

    def _get_tag_value(self):
        """Return the expression of the tag by which usage is reported."""
        name = self.provider_id.usage_tag
        if not name:
            return pl.lit(None, dtype=pl.String).alias("tag_value")
        quoted = name.replace("\\", "\\\\").replace("'", "\\'")
        path = f"$['{quoted}']"
        return pl.col("tags").str.json_path_match(path).alias("tag_value")

    def _drop_details(self, charge_ids):
        """Drop the rows of charges that turned out to be problems."""
        if charge_ids:
            self.env.cr.execute(
                SQL("DELETE FROM msp_usage_row WHERE charge_id = ANY(%s)", charge_ids)
            )

    def _check_details(self):
        """Refuse a file of which some money or rows were lost on the way."""
        self.env.cr.execute(
            SQL(
                """
                SELECT c.row, c.billed_cost::text, COALESCE(d.cost, 0)::text,
                       c.row_count, COALESCE(d.count, 0)
                  FROM (SELECT id, row, billed_cost, row_count
                          FROM msp_provider_charge WHERE import_id = %(id)s) c
                  FULL JOIN (SELECT charge_id, sum(billed_cost) AS cost,
                                    count(*) AS count
                               FROM msp_usage_row WHERE import_id = %(id)s
                              GROUP BY charge_id) d ON d.charge_id = c.id
                 WHERE c.billed_cost IS DISTINCT FROM COALESCE(d.cost, 0)
                    OR c.row_count IS DISTINCT FROM COALESCE(d.count, 0)
                 LIMIT 1
                """,
                id=self.id,
            )
        )
        for row, charged, summed, expected, count in self.env.cr.fetchall():
            raise UserError(
                self.env._(
                    "The charge that begins in row %(row)s is %(charged)s in "
                    "%(expected)s rows, but its stored rows add up to %(summed)s in "
                    "%(count)s rows. Nothing was stored; report this with the file.",
                    row=row,
                    charged=charged,
                    expected=expected,
                    summed=summed,
                    count=count,
                )
            )

    # What is not invoiced yet

    def _supersede_unbilled(self):
        """Let the file replace what earlier ones say of the same months.

        Usage that is not invoiced yet changes daily: only the newest file counts,
        and none once the invoice has come.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE msp_provider_charge c
                   SET superseded_by_id = %(id)s, state = 'ignored',
                       state_reason = %(reason)s
                  FROM msp_import i
                 WHERE i.id = c.import_id AND c.import_id != %(id)s
                   AND i.state != 'withdrawn' AND c.provider_id = %(provider)s
                   AND c.company_id = %(company)s AND c.superseded_by_id IS NULL
                   AND 'unbilled' = ANY(string_to_array(c.flags, ' '))
                   AND (c.customer_key, date_trunc('month', c.charge_period_start)) IN (
                         SELECT n.customer_key, date_trunc('month', n.charge_period_start)
                           FROM msp_provider_charge n
                          WHERE n.import_id = %(id)s
                            AND (n.is_amount
                                 OR 'unbilled' = ANY(string_to_array(n.flags, ' '))))
                RETURNING c.import_id
                """,
                id=self.id,
                provider=self.provider_id.id,
                company=self.company_id.id,
                reason=self.env._("%s says anew what is used in the month", self.name),
            )
        )
        ids = {import_id for (import_id,) in self.env.cr.fetchall()}
        self.env.invalidate_all()
        self._check_no_part(self.browse(sorted(ids)))

    def unlink(self):
        imports = self
        result = super().unlink()
        self.env["msp.usage.row"]._delete_of(imports)
        return result

    # Ways to the rows

    def _action_view_usage(self, name, domain):
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_cloud_import.msp_usage_row_action"
        )
        return {**action, "name": name, "domain": domain}

    def action_view_usage(self):
        """Show the rows of usage that the import has read."""
        self.ensure_one()
        return self._action_view_usage(
            self.env._("Usage of %s", self.name), [("import_id", "=", self.id)]
        )


def _copy_details(cr, table):
    """Store rows by COPY."""
    stream = BytesIO()
    table.write_csv(stream, include_header=False)
    stream.seek(0)
    names = SQL(", ").join(SQL.identifier(name) for name in table.columns)
    query = SQL("COPY msp_usage_row (%s) FROM STDIN (FORMAT csv)", names)
    cr.copy_expert(query.code, stream, _BUFFER_BYTES)
