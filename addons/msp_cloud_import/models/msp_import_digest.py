from odoo import fields, models


class MspContractVersion(models.Model):
    _inherit = "msp.contract.version"

    is_reported = fields.Boolean(
        readonly=True, copy=False, help="The account manager was told of it."
    )

    def _get_system_fields(self):
        return {**super()._get_system_fields(), "is_reported": False}

    def _render_digest(self, import_):
        """Return the versions as a message, those that wait for an approval first."""
        waiting = self.filtered(lambda version: version.state == "draft")
        sections = (
            (self.env._("Waiting for approval"), waiting),
            (self.env._("Changed"), self - waiting),
        )
        return self.env["ir.qweb"]._render(
            "msp_cloud_import.import_digest",
            {
                "imports": self.import_ids | import_,
                "sections": [
                    (title, versions._prepare_digest())
                    for title, versions in sections
                    if versions
                ],
            },
        )

    def _prepare_digest(self):
        """Return what a digest says of each contract, by customer and number."""
        compared = self._compare()
        rows = []
        for contract, versions in self.grouped("contract_id").items():
            versions = versions._in_order()
            rows.append(
                {
                    "contract": contract,
                    "versions": [
                        {
                            "version": version,
                            "sentences": version._describe(compared[version.id]),
                            "month": not isinstance(compared[version.id], str)
                            and version._describe_month(compared[version.id]),
                            "reasons": (version.approval_reasons or "").splitlines(),
                        }
                        for version in versions
                    ],
                }
            )
        return sorted(
            rows,
            key=lambda row: (
                row["contract"].partner_id.name or "",
                row["contract"].name,
            ),
        )


class MspImport(models.Model):
    """One message per import and account manager: what changed in his contracts."""

    _inherit = "msp.import"

    def _finish(self):
        super()._finish()
        self._send_digests()

    def _send_digests(self):
        """Tell each account manager what he has not been told yet."""
        self.ensure_one()
        # sudo: the versions were made with the rights of the system
        versions = self.version_ids.sudo().filtered(
            lambda version: (
                not version.is_reported
                and (version.state == "active" or version.approval_state == "waiting")
            )
        )
        for manager, own in versions.grouped("contract_user_id").items():
            if not (manager and manager.active):
                continue
            reader = own.with_context(lang=manager.lang)
            # sudo: who applies an import may write to people who follow nothing
            self.sudo().with_context(lang=manager.lang).message_notify(
                partner_ids=manager.partner_id.ids,
                subject=reader.env._(
                    "%(import)s: changes of your contracts",
                    **{"import": f"{self.provider_id.name} {self.name}"},
                ),
                body=reader._render_digest(self),
            )
        versions._system_write({"is_reported": True})
