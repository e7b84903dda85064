from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class MspContractVersion(models.Model):
    """What an import proposes beyond a limit waits like any other change."""

    _inherit = "msp.contract.version"

    import_change_ids = fields.One2many(
        "msp.import.change", "version_id", "Changes of the Import", readonly=True
    )

    def _get_origins(self):
        origins = super()._get_origins()
        for version in self.filtered("import_id"):
            origins.setdefault(version.id, []).append(version.import_id)
        return origins

    def _get_fixed_fields(self):
        return (*super()._get_fixed_fields(), "import_id")

    def _activate(self):
        changes = self._find_asked_changes()
        agreed = {
            import_: import_._find_agreed(
                own.contract_id, min(own.version_id.mapped("date_start"))
            )
            for import_, own in changes.grouped("import_id").items()
        }
        result = super()._activate()
        changes._check_effective()
        for import_, others in agreed.items():
            own = changes.filtered(
                lambda one, import_=import_: one.import_id == import_
            )
            others._look_again(import_, own._get_said())
        # sudo: whoever approves need not have the right to import
        changes._system_write({"state": "applied", "error": False})
        changes._update_rows()
        return result

    def _refuse_approval(self, reason):
        versions = super()._refuse_approval(reason)
        changes = versions._find_asked_changes()
        changes._system_write(
            {
                "state": "excluded",
                "error": self.env._(
                    "Refused by %(user)s: %(reason)s",
                    user=self.env.user.name,
                    reason=reason,
                ),
                "version_id": False,
            }
        )
        changes._update_rows()
        return versions

    def unlink(self):
        changes = self._find_asked_changes()
        result = super().unlink()
        changes._system_write(
            {
                "state": "failed",
                "error": self.env._(
                    "Its version was deleted before it was approved. Prepare the "
                    "import again."
                ),
            }
        )
        changes._update_rows()
        return result

    def _find_asked_changes(self):
        """Return the changes of imports that wait until these drafts are active."""
        # sudo: whoever changes contracts need not have the right to import
        return self.sudo().import_change_ids.filtered("is_asked")


class MspImportChange(models.Model):
    _inherit = "msp.import.change"

    is_asked = fields.Boolean("Waits for Approval", compute="_compute_is_asked")

    @api.depends("state", "version_id")
    def _compute_is_asked(self):
        for change in self:
            change.is_asked = change.state == "waiting" and bool(change.version_id)

    def _wait_for_approval(self):
        """Let changes wait whose versions do; they count once these are active."""
        for version, changes in self.grouped("version_id").items():
            changes._system_write(
                {
                    "state": "waiting",
                    "error": self.env._(
                        "Waits for approval by %(approver)s. %(reasons)s",
                        approver=version._find_approver().name
                        or self.env._("the account manager"),
                        reasons=" ".join(version.approval_reasons.splitlines()),
                    ).strip(),
                }
            )

    def _check_not_asked(self):
        """Refuse to decide here on what somebody has been asked to approve."""
        asked = self.filtered("is_asked")
        if asked:
            raise UserError(
                self.env._(
                    "%(change)s waits for approval in version %(version)s. Approve or "
                    "refuse it there; refused, it is left out.",
                    change=asked[0].summary,
                    version=asked[0].version_id.display_name,
                )
            )

    def _check_effective(self):
        """Refuse versions by which the file's quantity would have no effect."""
        for change in self.version_id.change_ids.filtered("is_ineffective"):
            raise UserError(
                self.env._(
                    "%(position)s is not under contract on %(day)s, so the file's "
                    "quantity would have no effect. Prepare the import again.",
                    position=change.position_id.name,
                    day=format_date(self.env, change.version_id.date_start),
                )
            )


class MspImport(models.Model):
    _inherit = "msp.import"

    approval_count = fields.Integer("To Approve", compute="_compute_approval_count")

    def _compute_approval_count(self):
        counts = {
            import_.id: count
            for import_, count in self.env["msp.contract.version"]._read_group(
                [("import_ids", "in", self.ids), ("approval_state", "=", "waiting")],
                ["import_ids"],
                ["__count"],
            )
        }
        for one in self:
            one.approval_count = counts.get(one.id, 0)

    def action_view_approvals(self):
        """Show the versions of the import that wait for an approval."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_contract_billing.msp_contract_version_action_approve"
        )
        domain = [("import_ids", "in", self.ids), ("approval_state", "=", "waiting")]
        return {**action, "domain": domain, "context": {"create": False}}
