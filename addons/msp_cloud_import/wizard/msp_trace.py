from odoo import api, models
from odoo.tools import format_date

from odoo.addons.msp_contract_billing.models.wording import format_number
from odoo.addons.msp_contract_billing.wizard.msp_trace_node import Node


class MspTrace(models.TransientModel):
    """Versions that imports made lead to the rows of the provider's file."""

    _inherit = "msp.trace"

    @api.model
    def _trace_sources(self, versions):
        result = super()._trace_sources(versions)
        versions = versions.filtered("import_id")
        readable = self._readable(versions.import_id)
        rows = self._row_nodes(versions.provider_charge_ids)
        label = self.env._("Caused by file")
        for version in versions:
            import_ = version.import_id
            node = self._hidden("source", label, import_.name)
            if import_.id in readable:
                by = self._by(import_.create_uid, import_.create_date)
                node = Node(
                    "source",
                    label,
                    f"{import_.name}, {import_.file_name}",
                    [
                        import_.provider_id.name,
                        self.env._("Imported by %s", by),
                        self.env._("SHA-256 %s", import_.sha256),
                    ],
                    record=import_.with_env(self.env),
                    children=[rows[row.id] for row in version.provider_charge_ids],
                )
            result.setdefault(version.id, []).append(node)
        return result

    @api.model
    def _row_nodes(self, rows):
        """Return the link of each row of a file, by its id."""
        readable = self._readable(rows)
        documents = self._trace_row_documents(rows)
        label = self.env._("Row of the file")
        result = {}
        for row in rows:
            if row.id not in readable:
                result[row.id] = self._hidden("source", label, row.row_label)
                continue
            result[row.id] = Node(
                "source",
                label,
                row.row_label,
                self._describe_row(row),
                amount=row.billed_cost,
                currency=row.currency_id,
                day=row.charge_period_start,
                record=row.with_env(self.env),
                position_id=row.position_id.id or None,
                children=documents.get(row.id, ()),
            )
        return result

    @api.model
    def _describe_row(self, row):
        """Return what a row says, in the provider's words where they matter."""
        events = dict(row._fields["event"]._description_selection(self.env))
        days = [row.charge_period_start, row.charge_date_end]
        name = row.sku_name or row.service_name or row.sku_id
        details = [
            name,
            " – ".join(format_date(self.env, one) for one in days if one),
            self.env._(
                "%(event)s, quantity %(quantity)s",
                event=events.get(row.event) or row.charge_type or "",
                quantity=format_number(self.env, row.pricing_quantity or row.quantity),
            ),
        ]
        if row.subscription_id:
            details.append(self.env._("Subscription %s", row.subscription_id))
        return [detail for detail in details if detail]

    @api.model
    def _trace_row_documents(self, rows):
        """Return the links of what rows are booked on, by the row's id.

        A hook: addons that book providers' files add the vendor bills. They ask
        `_readable` before they say more than a number.

        :param rows: as superuser
        """
        return {}
