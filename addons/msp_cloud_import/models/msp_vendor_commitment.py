from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from odoo.addons.msp_contract_billing.models.money import day_before, same_number
from odoo.addons.msp_contract_billing.models.msp_vendor_commitment import PRICE_MONTHS

from ..formats import commitments

# Subscriptions whose rows are in memory at the same time.
SUBSCRIPTIONS = 500
_LENGTHS = {int(months) for months, _label in PRICE_MONTHS}


class MspVendorCommitment(models.Model):
    """Terms that files state become commitments by themselves."""

    _inherit = "msp.vendor.commitment"

    provider_id = fields.Many2one(
        "msp.provider", ondelete="restrict", index="btree_not_null", check_company=True
    )
    mapping_id = fields.Many2one(
        "msp.position.mapping",
        "Subscription",
        readonly=True,
        copy=False,
        ondelete="cascade",
        index="btree_not_null",
        help="Quantity, price and term follow the files that name it. Until when units "
        "are reducible and whether it renews by itself stays as entered.",
    )

    def _get_vendor_name(self):
        return (
            self.vendor_id.name or self.provider_id.name or super()._get_vendor_name()
        )

    def _follow(self, mapping, found, currencies):
        """Make these commitments of a subscription what its rows say.

        :param found: `formats.Commitment` list
        :param currencies: {code: id}
        :return: values of commitments to be created
        """
        provider, new = mapping.provider_id, []
        # In order of their first day, so that a renewal takes the place of its term.
        own = self.sorted(lambda one: (one.date_start, one.id))
        for place, commitment in enumerate(found):
            vals = mapping._prepare_commitment_vals(commitment, currencies)
            until = provider._get_reduction_until(commitment)
            if place >= len(own):
                vals.update(
                    vendor_id=provider.partner_id.id,
                    reduction_until=until,
                    auto_renew=provider.commitment_auto_renew,
                )
                new.append(vals)
            elif vals := own[place]._get_differing(vals):
                if "date_start" in vals:
                    vals["reduction_until"] = until
                own[place].write(vals)
        own[len(found) :].unlink()
        return new

    def _get_differing(self, vals):
        self.ensure_one()
        differing = {}
        for name, value in vals.items():
            mine = self[name].id if self._fields[name].relational else self[name]
            is_number = self._fields[name].type == "float"
            if not (same_number(mine, value) if is_number else mine == value):
                differing[name] = value
        return differing


class MspProvider(models.Model):
    _inherit = "msp.provider"

    reduction_window_hours = fields.Integer(
        "Reduction Window (Hours)",
        default=168,
        help="How long after they were bought or renewed units can be given back and "
        "cost nothing. Sources disagree on Microsoft's new commerce: 72 or 168 hours; "
        "ask your distributor. Files state days, so the time runs from the beginning "
        "of the day (UTC). 0: units cannot be given back.",
    )
    commitment_auto_renew = fields.Boolean(
        "Terms Renew by Themselves",
        default=True,
        help="What files do not state: whether another term begins unless the provider "
        "is told before. It can be changed on each commitment.",
    )

    _window_check = models.Constraint(
        "CHECK (reduction_window_hours BETWEEN 0 AND 8784)",
        "A reduction window is from 0 to 8784 hours (a year).",
    )

    def _get_reduction_until(self, commitment):
        """Return until when a `formats.Commitment` can be given back, or False."""
        self.ensure_one()
        if not commitment.bought or not self.reduction_window_hours:
            return False
        until = datetime.combine(commitment.bought, time.min)
        until += timedelta(hours=self.reduction_window_hours)
        return min(until, datetime.combine(commitment.end, time.min))


class MspPositionMapping(models.Model):
    _inherit = "msp.position.mapping"

    commitment_ids = fields.One2many("msp.vendor.commitment", "mapping_id")

    @api.model
    def _find_of_imports(self, imports):
        """Return the subscriptions that the files of imports name."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT m.id
                  FROM msp_position_mapping m
                  JOIN msp_provider_charge c
                    ON c.provider_id = m.provider_id
                   AND c.company_id = m.company_id
                   AND c.subscription_id = m.subscription_id
                   AND COALESCE(c.sku_id, '') = m.sku_id
                 WHERE c.import_id = ANY(%s) AND c.is_quantity
                """,
                imports.ids,
            )
        )
        return self.browse(mapping_id for (mapping_id,) in rows)

    def _update_commitments(self):
        """Let commitments follow what all files say of these subscriptions.

        They are computed anew of all rows of the newest term, so neither the order of
        the files nor a file that is read twice makes a difference.
        """
        for ids in split_every(SUBSCRIPTIONS, self.ids):
            self.browse(ids)._follow_rows()

    def _follow_rows(self):
        # Another import of the same subscriptions fails now, and is taken again.
        self.env.cr.execute(
            SQL(
                "UPDATE msp_position_mapping SET write_date = write_date "
                "WHERE id IN %s",
                tuple(self.ids),
            )
        )
        found = {}
        for commitment in commitments(self._load_term_rows()._to_plain()):
            key = (commitment.subscription_id, commitment.sku_id or "")
            found.setdefault(key, []).append(commitment)
        # sudo: files say what is bought, whoever may apply an import, though only
        # account managers enter it by hand
        model = self.env["msp.vendor.commitment"].sudo()
        by_hand = model.search(
            [
                ("position_id", "in", self.position_id.ids),
                ("mapping_id", "=", False),
                ("provider_id", "in", [False, *self.provider_id.ids]),
            ]
        ).grouped("position_id")
        currencies = self.env["msp.import"]._load_currencies()
        vals_list = []
        for mapping in self.sudo():
            said = found.get((mapping.subscription_id, mapping.sku_id or ""), [])
            if not mapping.position_id:
                said = []
            own = mapping.commitment_ids
            if said:
                # What somebody has entered before a file said it is the same.
                entered = by_hand.get(mapping.position_id, model.browse())
                own |= entered.filtered(
                    lambda one, said=said: (
                        one.date_start < said[-1].end and one.date_end >= said[0].start
                    )
                )
            vals_list += own._follow(mapping, said, currencies)
        model.create(vals_list)

    def _load_term_rows(self):
        """Return the rows of the newest term of each subscription, each row once."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM (
                  SELECT c.id, c.term_end, max(c.term_end) OVER (
                           PARTITION BY c.subscription_id, c.sku_id) AS newest
                    FROM msp_provider_charge c
                    JOIN msp_import i ON i.id = c.import_id
                    JOIN msp_position_mapping m
                      ON m.provider_id = c.provider_id
                     AND m.company_id = c.company_id
                     AND m.subscription_id = c.subscription_id
                     AND m.sku_id = COALESCE(c.sku_id, '')
                   WHERE m.id IN %s AND c.is_quantity AND c.term_end IS NOT NULL
                     AND c.is_left_out IS NOT TRUE AND c.known_charge_id IS NULL
                     AND c.superseded_by_id IS NULL
                     AND i.state != 'withdrawn') s
                 WHERE term_end = newest
                """,
                tuple(self.ids),
            )
        )
        return self.env["msp.provider.charge"].browse(row_id for (row_id,) in rows)

    def _prepare_commitment_vals(self, commitment, currencies):
        """Return what files state of a `formats.Commitment`."""
        self.ensure_one()
        price, months = commitment.unit_price, commitment.months
        currency_id = currencies.get(commitment.currency)
        if not currency_id:
            # In no currency a price says nothing.
            price, currency_id = 0, self.company_id.currency_id.id
        if months not in _LENGTHS:
            price, months = price / months, 1
        return {
            "position_id": self.position_id.id,
            "mapping_id": self.id,
            "provider_id": self.provider_id.id,
            "sku": commitment.sku_id or False,
            "quantity": float(commitment.quantity),
            "price_unit": float(price),
            "price_months": str(months),
            "currency_id": currency_id,
            "date_start": commitment.start,
            "date_end": day_before(commitment.end),
        }


class MspImport(models.Model):
    """When files begin or cease to say something about terms."""

    _inherit = "msp.import"

    def _finish(self):
        super()._finish()
        self.env["msp.position.mapping"]._find_of_imports(self)._update_commitments()

    def _withdraw(self, reason):
        super()._withdraw(reason)
        self.env["msp.position.mapping"]._find_of_imports(self)._update_commitments()

    def unlink(self):
        mappings = self.env["msp.position.mapping"]._find_of_imports(self)
        result = super().unlink()
        mappings._update_commitments()
        return result
