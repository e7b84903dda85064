from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

CRON = "msp_cloud_import.ir_cron_mend_imports"
# Whoever mends one thing often mends the next one: they are taken together.
DELAY = timedelta(minutes=1)


class MspImport(models.Model):
    """What was mended elsewhere lets matching begin anew, by itself.

    Assigning, taking a customer or product out of the archive, a price, a contract
    that begins: imports that were prepared are prepared again. Nothing is applied.
    """

    _inherit = "msp.import"

    prepared_at = fields.Datetime(readonly=True, copy=False)
    is_mended = fields.Boolean(
        "Prepared Again Soon",
        readonly=True,
        copy=False,
        help="An assignment has changed since the import was prepared.",
    )

    def _end_preparing(self, prepared):
        super()._end_preparing(prepared)
        self._system_write({"prepared_at": prepared.begun_at, "is_mended": False})

    @api.model
    def _wake_mending(self):
        """Let the scheduler look soon at what was mended."""
        # sudo: whoever mends something need not know of scheduled actions
        cron = self.env.ref(CRON, raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger(at=fields.Datetime.now() + DELAY)

    @api.model
    def _cron_mend_imports(self):
        """Prepare again what was prepared and fits better now."""
        commit_progress = self.env["ir.cron"]._commit_progress
        todo = self._find_mended()
        commit_progress(remaining=len(todo))
        for import_ in todo:
            import_ = import_.with_company(import_.company_id)
            import_ = import_.with_context(lang=import_.create_uid.lang)
            if not import_._take_batch(import_._prepare_again):
                return
            if not commit_progress(1):
                return
        self._update_all_owner_activities()

    def _prepare_again(self):
        if self._is_large():
            self._begin_later("prepare")
            return
        failed = self._in_halves(self, lambda import_: import_._prepare())
        if failed:
            # Once is enough: somebody has to press the button and read why.
            self._system_write({"prepared_at": False, "is_mended": False})
            self.message_post(
                body=self.env._("Not prepared again: %s", " ".join(failed.values()))
            )

    @api.model
    def _find_mended(self):
        """Return the imports with rows that wait for what is there by now."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT i.id FROM msp_import i
                 WHERE i.prepared_at IS NOT NULL AND i.is_running IS NOT TRUE
                   AND i.state IN ('mapped', 'prepared', 'applied')
                   AND (i.is_mended
                     OR EXISTS (
                       SELECT 1 FROM msp_provider_charge c
                         JOIN msp_customer_mapping m ON m.id = c.customer_mapping_id
                         JOIN res_partner p ON p.id = m.partner_id
                         LEFT JOIN msp_product_mapping n
                           ON n.id = c.product_mapping_id
                         LEFT JOIN product_product a ON a.id = n.product_id
                        WHERE c.import_id = i.id AND p.active
                          AND (c.state = 'unmapped_customer'
                            OR (c.state = 'unmapped_product' AND a.active)))
                     OR EXISTS (
                       SELECT 1 FROM msp_import_change h
                         LEFT JOIN res_partner p ON p.id = h.partner_id
                        WHERE h.import_id = i.id AND h.version_id IS NULL
                          AND h.state IN ('waiting', 'failed')
                          AND (%(contract)s OR %(price)s)))
                 ORDER BY i.month, i.id
                """,
                contract=self._contract_began(),
                price=self._price_entered(),
            )
        )
        return self.browse([row[0] for row in rows])

    def _contract_began(self):
        """Return the condition that people have changed a contract of the customer."""
        return SQL(
            """
            EXISTS (
              SELECT 1 FROM msp_contract_version v
                JOIN msp_contract k ON k.id = v.contract_id
               WHERE k.commercial_partner_id = p.commercial_partner_id
                 AND k.company_id = i.company_id
                 AND v.import_id IS DISTINCT FROM i.id
                 AND (v.activated_at > i.prepared_at OR v.withdrawn_at > i.prepared_at))
            """
        )

    def _price_entered(self):
        """Return the condition that a missing price may have been entered."""
        return SQL(
            """
            (h.kind = 'begin' AND COALESCE(h.price_unit, 0) = 0 AND (
              p.write_date > i.prepared_at
              OR EXISTS (SELECT 1 FROM product_product a
                           JOIN product_template t ON t.id = a.product_tmpl_id
                          WHERE a.id = h.product_id
                            AND GREATEST(a.write_date, t.write_date) > i.prepared_at)
              OR EXISTS (SELECT 1 FROM product_pricelist_item l
                          WHERE l.write_date > i.prepared_at)))
            """
        )


class MspMappingMixin(models.AbstractModel):
    _inherit = "msp.mapping.mixin"

    def _refresh_imports(self):
        imports = super()._refresh_imports()
        mended = imports.filtered("prepared_at")
        if mended:
            mended._system_write({"is_mended": True})
            mended._wake_mending()
        imports._update_owner_activities(is_new=False)
        return imports


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active"):
            self.env["msp.import"]._wake_mending()
        return result


class ProductTemplate(models.Model):
    _inherit = "product.template"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") or vals.get("list_price") or "msp_price_interval" in vals:
            self.env["msp.import"]._wake_mending()
        return result


class ProductProduct(models.Model):
    _inherit = "product.product"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active"):
            self.env["msp.import"]._wake_mending()
        return result


class ProductPricelistItem(models.Model):
    _inherit = "product.pricelist.item"

    @api.model_create_multi
    def create(self, vals_list):
        items = super().create(vals_list)
        if items:
            self.env["msp.import"]._wake_mending()
        return items


class MspContractVersion(models.Model):
    _inherit = "msp.contract.version"

    def _activate(self):
        result = super()._activate()
        # What an import does itself is no news to it.
        if self.filtered(lambda version: not version.import_id):
            self.env["msp.import"]._wake_mending()
        return result
