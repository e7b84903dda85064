from odoo import api, fields, models
from odoo.exceptions import UserError

from ..formats import FormatsError, profile_format
from .translated import translated

# Cells shown of a column, and characters of each.
CELLS, CELL_CHARS = 3, 40


class MspImport(models.Model):
    """Before step 1: a file whose columns somebody has to confirm first."""

    _inherit = "msp.import"

    @api.model
    def _ask_for_columns(self, provider, file_name, content, unknown):
        """Keep a file whose header is not known, with a draft of what it means.

        :param unknown: the `formats.UnknownHeader`
        :raise UserError: the provider's files have a format of their own
        """
        columns = self._prepare_columns_vals(provider, file_name, unknown)
        vals = self._prepare_import_vals(provider, file_name, content)
        import_ = self._create_kept({**vals, **columns}, content)
        import_.profile_id.with_env(self.env)._check_with(import_)
        return import_

    def _wait_for_columns(self, unknown, deadline=None):
        """Let an import that has its file wait until its columns are confirmed."""
        self._system_write(
            self._prepare_columns_vals(self.provider_id, self.file_name, unknown)
        )
        self._check_columns(deadline)

    def _check_columns(self, deadline=None):
        """Keep what the file yields by the columns that nobody has confirmed."""
        self.profile_id.with_env(self.env)._check_with(self, deadline)

    @api.model
    def _prepare_columns_vals(self, provider, file_name, unknown):
        if not provider:
            raise self._unknown_columns(file_name)
        profiles = self.env["msp.import.profile"]
        if provider.format_id and not provider.profile_ids:
            raise UserError(str(unknown)) from unknown
        profile = profiles._find_or_make_draft(provider, file_name, unknown)
        return {
            "state": "columns",
            "profile_id": profile.id,
            "header_fingerprint": unknown.fingerprint,
            "column_samples": _get_samples(unknown),
            "currency_id": self.env.company.currency_id.id,
        }

    @api.model
    def _unknown_columns(self, file_name):
        return UserError(
            self.env._(
                "“%s” is not recognised by its columns. Choose the provider and "
                "import it again; then you can say what the columns mean.",
                file_name,
            )
        )

    def _get_file_day(self):
        """Return the day on which the file came; counts without money hold from it."""
        moment = fields.Datetime.context_timestamp(self, self.create_date)
        return moment.date()

    def _read_by_profile(self):
        """Read a file that waited for its profile, or leave a large one for later."""
        self.ensure_one()
        if self._is_large_file():
            self._system_write({"state": "new", "check_result": False})
            self._begin_later("read")
            return
        try:
            plain = self.profile_id._to_plain(self._get_file_day())
            with self._open([profile_format(plain)]) as reading:
                self._system_write(
                    {
                        "header_fingerprint": reading.header_fingerprint,
                        "check_result": False,
                    }
                )
                self._store(reading)
        except FormatsError as error:
            raise UserError(translated(self.env, error.sentence)) from error


def _get_samples(unknown):
    """Return {column: some of its cells} of an unknown file."""
    samples = {}
    for index, name in enumerate(unknown.header):
        cells = (row[index] for row in unknown.samples if index < len(row))
        filled = dict.fromkeys(" ".join(cell.split())[:CELL_CHARS] for cell in cells)
        filled.pop("", None)
        samples[name] = " | ".join(list(filled)[:CELLS])
    return samples
