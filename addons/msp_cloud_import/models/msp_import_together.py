from odoo import Command, api, fields, models

# What makes versions; other kinds of changes are applied import by import.
JOINING_KINDS = ("begin", "set", "end")


class MspContractVersion(models.Model):
    """A version may follow from several files that were applied together."""

    _inherit = "msp.contract.version"

    import_ids = fields.Many2many(
        "msp.import",
        "msp_contract_version_import_rel",
        "version_id",
        "import_id",
        "Imports",
        readonly=True,
        copy=False,
    )

    def _get_fixed_fields(self):
        return (*super()._get_fixed_fields(), "import_ids")

    def _get_origins(self):
        origins = super()._get_origins()
        for version in self.filtered("import_ids"):
            found = origins.setdefault(version.id, [])
            found += [one for one in version.import_ids if one not in found]
        return origins


class MspImport(models.Model):
    """Several imports applied together: one version per contract and first day.

    The oldest goes first and takes along what later ones say of the same contracts,
    as far as they speak of other positions. What is left they do in their turn.
    """

    _inherit = "msp.import"

    together_id = fields.Many2one(
        "msp.import",
        "Applied Together With",
        ondelete="set null",
        readonly=True,
        copy=False,
    )

    def _find_joining(self, contracts, own):
        """Return {contract: changes of later imports that join in its versions}.

        :param own: the changes of this import that are to be applied
        """
        if not self.together_id:
            return {}
        later = self.search(
            [
                ("together_id", "=", self.together_id.id),
                ("is_running", "=", True),
                ("is_outdated", "=", True),
                ("id", "!=", self.id),
            ]
        )._in_order()
        changes = self.env["msp.import.change"].search(
            [
                ("import_id", "in", later.ids),
                ("contract_id", "in", contracts.ids),
                ("state", "=", "proposed"),
            ]
        )
        result = {}
        first = own.grouped("contract_id")
        for contract, theirs in changes.grouped("contract_id").items():
            taken = first[contract]._get_subjects()
            by_import = theirs.grouped("import_id")
            joining = changes.browse()
            for import_ in later & theirs.import_id:
                part = by_import[import_]
                subjects = part._get_subjects()
                if part._may_join() and not taken & subjects:
                    joining += part
                taken |= subjects
            if joining:
                result[contract] = joining
        return result

    def _release_shared(self, versions):
        """Let other imports whose changes were in withdrawn versions say them anew."""
        changes = versions.import_change_ids.filtered(
            lambda change: change.import_id not in self
        )
        names = ", ".join(self.mapped("name"))
        for import_, own in changes.grouped("import_id").items():
            error = self.env._(
                "Withdrawn with %s, which was applied together with this import. "
                "Prepare this import again.",
                names,
            )
            own.provider_charge_ids._system_write(
                {"state": "waiting", "state_reason": error, "version_id": False}
            )
            own._system_write({"state": "waiting", "error": error, "version_id": False})
            import_.message_post(
                body=self.env._(
                    "%(import)s was withdrawn, and with it %(count)s changes that were "
                    "applied together with it. Prepare this import again.",
                    **{"import": names, "count": len(own)},
                )
            )


class MspImportChange(models.Model):
    _inherit = "msp.import.change"

    @api.model
    def _get_joining_kinds(self):
        return JOINING_KINDS

    def _may_join(self):
        """Return whether these changes may be part of another import's versions."""
        return all(
            change.kind in self._get_joining_kinds() and not change.is_awaited
            for change in self
        )

    def _get_subjects(self):
        """Return what these changes speak of: positions, subscriptions, new articles.

        Who speaks of the same must be compared with what the other has done.
        """
        subjects = {("subscription", change.subscription_id) for change in self}
        subjects |= {("position", position.id) for position in self.position_id}
        return subjects | {
            ("product", change.product_id.id)
            for change in self
            if change.kind == "begin"
        }

    def _prepare_origin(self):
        """Return from which imports a version follows."""
        imports = self.import_id._in_order()
        return {
            "import_id": imports[:1].id,
            "import_ids": [Command.link(import_.id) for import_ in imports],
        }
