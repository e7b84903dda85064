import json

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, json_default, split_every

from ..formats import FormatsError, UnknownHeader
from .msp_import_part import Parts
from .msp_import_prepare import in_batches
from .translated import translated

# Rows that are assigned, and customers or articles that get suggestions, together.
ROWS, MAPPINGS = 20_000, 1000
PHASES = {
    "check": (),
    "read": ("read",),
    "assign": ("assign", "suggest customers", "suggest articles"),
    "prepare": ("prepare",),
}
# What was decided before proposals were dropped; kept until there are new ones.
DECIDED = "decided"


class MspImport(models.Model):
    """Long steps part by part: each is committed, and goes on after a restart."""

    _inherit = "msp.import"

    def _take_parts(self, step, deadline):
        """Go on with a step until it is finished.

        :raise Pause: somebody has stopped it, or its time is up
        """
        if step == "check":
            if self._lock_running(step):
                self._check_columns(deadline)
                self._system_write({"is_running": False})
        elif step == "read":
            self._read_in_parts(deadline)
        elif step == "assign":
            self._assign_in_parts(deadline)
        else:
            self._prepare_in_parts(deadline)

    def _forget_parts(self, *steps):
        """Let steps begin anew when they are taken next."""
        phases = [phase for step in steps or PHASES for phase in PHASES[step]]
        self._get_parts(*phases)._system_unlink()
        if "read" in phases:
            unread = self.filtered(lambda one: one.state in ("new", "columns"))
            self.env["msp.usage.row"]._delete_of(unread)

    # Read

    def _read_in_parts(self, deadline):
        """Read the file as received; nothing of it is seen before all is read."""
        parts = Parts(self, "read", deadline)
        forms, profiles = self._load_formats(self.provider_id)
        try:
            with self._open(forms) as reading:
                profile = profiles.get(reading.format.id)
                vals = {
                    "header_fingerprint": reading.header_fingerprint,
                    "profile_id": profile.id if profile else False,
                    "format_id": False if profile else reading.format.id,
                }
                if parts.is_new:
                    self._system_write(vals)
                    parts.begin(reading.last_row)
                self._store(reading, parts)
        except UnknownHeader as unknown:
            self._wait_for_columns(unknown, deadline)
            self._system_write({"is_running": False})
            return
        except FormatsError as error:
            raise UserError(translated(self.env, error.sentence)) from error
        self._forget_parts("read")
        # What is known is assigned next.
        self._system_write({"running_step": "assign"})

    # Assign

    def _assign_in_parts(self, deadline):
        self._check_state("read", "mapped", "prepared", "applied")
        parts = Parts(self, "assign", deadline)
        if parts.is_new:
            self._find_customers()
            self._find_products()
            parts.begin(self._count_charges())
        for ids in split_every(ROWS, self._load_charge_ids(parts.position)):
            self._assign_rows(ids[0], ids[-1])
            parts.end(ids[-1], len(ids))
        self._analyze_assigned()
        self._suggest_in_parts("suggest customers", self.customer_mapping_ids, deadline)
        self._suggest_in_parts("suggest articles", self.product_mapping_ids, deadline)
        self._update_open_amounts()
        self._set_step("mapped")
        self._forget_parts("assign")
        self._system_write({"is_running": False})

    def _count_charges(self):
        domain = [("import_id", "=", self.id)]
        return self.env["msp.provider.charge"].search_count(domain)

    def _load_charge_ids(self, after):
        """Return the ids of the import's rows above `after`, ascending."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM msp_provider_charge "
                "WHERE import_id = %s AND id > %s ORDER BY id",
                self.id,
                after,
            )
        )
        return [row_id for (row_id,) in rows]

    def _suggest_in_parts(self, phase, mappings, deadline):
        parts = Parts(self, phase, deadline)
        if parts.is_new:
            parts.begin(len(mappings))
        left = sorted(one for one in mappings.ids if one > parts.position)
        for ids in split_every(MAPPINGS, left):
            mappings.browse(ids)._suggest()
            parts.end(ids[-1], len(ids))

    # Prepare

    def _prepare_in_parts(self, deadline):
        self._check_state("mapped", "prepared", "applied")
        parts = Parts(self, "prepare", deadline)
        if parts.is_new:
            prepared = self._begin_preparing()
            self._save_preparation(prepared)
            self._set_step("mapped")
            self._propose_same(prepared)
            parts.begin(sum(map(len, self._load_left().values())))
        prepared = self._load_preparation(self._get_kept_changes())
        prepared.blocked = self._find_blocked()
        for last, ids in in_batches(self._load_left(parts.position)):
            self._propose(ids, *prepared.for_rows)
            parts.end(last, len(ids))
        self._end_preparing(prepared)
        if self.running_step == "prepare":
            self._system_write({"is_running": False})

    def _begin_preparing(self):
        begun_at = fields.Datetime.now()
        prepared = super()._begin_preparing()
        # not that of a preparation which was stopped
        prepared.begun_at = begun_at
        return prepared

    def _end_preparing(self, prepared):
        super()._end_preparing(prepared)
        self._forget_parts("prepare")
        self._get_parts(DECIDED)._system_unlink()

    def _save_preparation(self, prepared):
        """Keep what was decided: the changes that said it are gone."""
        self._get_parts(DECIDED)._system_unlink()
        content = {
            "begun_at": prepared.begun_at,
            "excluded": [[*one] for one in prepared.excluded.items()],
            "decisions": [[*one] for one in prepared.decisions.items()],
        }
        text = json.dumps(content, default=json_default)
        self._add_part(DECIDED, 0, content=text)

    def _load_preparation(self, kept):
        prepared = super()._load_preparation(kept)
        saved = self._get_parts(DECIDED)
        if saved:
            content = json.loads(saved.content)
            prepared.begun_at = fields.Datetime.to_datetime(content["begun_at"])
            prepared.excluded = _with_keys(content["excluded"])
            prepared.decisions = _with_keys(content["decisions"])
        return prepared


def _with_keys(items):
    """Return a dict of what was saved, with keys as `_key` returns them."""
    return {(*key[:-1], fields.Date.to_date(key[-1])): value for key, value in items}
