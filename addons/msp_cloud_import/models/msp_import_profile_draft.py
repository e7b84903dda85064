from odoo import api, models
from odoo.fields import Command

from ..formats import suggest_columns
from ..formats.layout import normalised, spelled
from .msp_import_profile_plain import SETTINGS
from .translated import translated


class MspImportProfile(models.Model):
    """Drafts: what the columns of an unknown file probably mean."""

    _inherit = "msp.import.profile"

    @api.model
    def _find_or_make_draft(self, provider, file_name, unknown):
        """Return the draft for a header that no format knows.

        :param unknown: the `formats.UnknownHeader`
        """
        known = self.search(
            [
                ("provider_id", "=", provider.id),
                ("fingerprint", "=", unknown.fingerprint),
            ],
            limit=1,
        )
        if known:
            return known
        teachers = self._load_teachers(provider)
        # sudo: a draft follows from its file; whoever imports may have it made
        return self.sudo().create(
            self._prepare_draft_vals(provider, file_name, unknown, teachers)
        )

    @api.model
    def _load_teachers(self, provider):
        """Return the profiles whose spellings are looked at, best first.

        What was confirmed last before what was shipped; only a provider without
        any profile learns from the templates of others.
        """
        own = self.search(
            [
                ("provider_id", "=", provider.id),
                "|",
                ("state", "=", "confirmed"),
                ("fingerprint", "=", False),
            ]
        )
        if not own:
            return self.search([("fingerprint", "=", False)])
        confirmed = own.filtered(lambda profile: profile.state == "confirmed")
        newest = confirmed.sorted(
            lambda profile: (profile.confirmed_at, profile.id), reverse=True
        )
        return newest + (own - confirmed)

    def _sort_by_fit(self, header):
        """Return the profiles, those first that know most columns of a header."""
        names = {normalised(name) for name in header} - {""}

        def known(profile):
            columns = [
                name for found in profile._get_columns().values() for name in found
            ]
            for rule in profile.rule_ids:
                columns += rule._get_needed_columns()
            return len(names & set(map(normalised, columns)))

        return self.sorted(known, reverse=True)

    @api.model
    def _prepare_draft_vals(self, provider, file_name, unknown, teachers):
        teachers = teachers._sort_by_fit(unknown.header)
        suggestions = suggest_columns(
            unknown.header,
            unknown.samples,
            [teacher._to_plain() for teacher in teachers],
        )
        vals = {
            "name": self.env._(
                "%(provider)s, as in %(file)s", provider=provider.name, file=file_name
            ),
            "provider_id": provider.id,
            "fingerprint": unknown.fingerprint,
            "header": list(unknown.header),
            "column_ids": [
                Command.create(
                    {
                        "sequence": number,
                        "name": suggestion.column,
                        "target": suggestion.target,
                        "reason": translated(self.env, suggestion.reason),
                    }
                )
                for number, suggestion in enumerate(suggestions, start=1)
                if suggestion.column.strip()
            ],
        }
        own = teachers.filtered(lambda teacher: teacher.provider_id == provider)[:1]
        rules = own._get_rules_for(unknown.header)
        computed = set(rules.mapped("target"))
        for _, _, column in vals["column_ids"]:
            if column["target"] in computed:
                column.update(target=False, reason=False)
        if own:
            vals.update({name: own[name] for name in SETTINGS})
            vals["default_currency_id"] = own.default_currency_id.id
            vals["note"] = own.note
            vals["word_ids"] = [
                Command.create({"name": word.name, "event": word.event})
                for word in own.word_ids
            ]
            vals["rule_ids"] = [
                Command.create(rule.copy_data({"profile_id": False})[0])
                for rule in rules
            ]
        return vals

    def _get_rules_for(self, header):
        """Return the rules whose columns a header has."""
        names = {spelled(name) for name in header}
        return self.rule_ids.filtered(
            lambda rule: {spelled(name) for name in rule._get_needed_columns()} <= names
        )
