from datetime import date

from odoo import Command
from odoo.tests import Form, new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon


class ContractCommon(AccountTestInvoicingCommon):
    """Builders: a contract of monthly positions, changes, runs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.env["res.partner"].create({"name": "Muster Bau GmbH"})
        cls.seats = cls._product("Business Premium", 12.50)
        cls.backup = cls._product("Backup", 30.00)

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref(
            "msp_contract_billing.group_administrator"
        )

    @classmethod
    def _product(cls, name, price, **values):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "service",
                "lst_price": price,
                "invoice_policy": "order",
                "taxes_id": [Command.set(cls.company_data["default_tax_sale"].ids)],
                **values,
            }
        )

    @classmethod
    def _role_user(cls, login, *groups):
        return new_test_user(
            cls.env,
            login=login,
            groups=",".join(
                ["base.group_user", *(f"msp_contract_billing.{g}" for g in groups)]
            ),
            company_id=cls.company_data["company"].id,
        )

    @classmethod
    def _contract(cls, start, lines, partner=None, terms=None, **values):
        """Return a contract with version 1.

        :param lines: tuples of (product, quantity, price[, discount])
        :param terms: values of the terms change; default monthly in advance,
            anchored on the first of the month
        """
        contract = cls.env["msp.contract"].create(
            {"partner_id": (partner or cls.customer).id, **values}
        )
        changes = [
            {"action": "terms", "anchor_date": start.replace(day=1), **(terms or {})}
        ]
        for product, quantity, price, *discount in lines:
            position = cls.env["msp.contract.position"].create(
                {"contract_id": contract.id, "product_id": product.id}
            )
            changes.append(
                {
                    "action": "begin",
                    "position_id": position.id,
                    "quantity_mode": "set",
                    "quantity": quantity,
                    "sets_price": True,
                    "price_unit": price,
                    "sets_discount": True,
                    "discount": discount[0] if discount else 0,
                }
            )
        cls._version(contract, start, changes, cause="order")
        return contract

    @classmethod
    def _version(cls, contract, start, changes, **values):
        """Return an active version with `changes` (list of values)."""
        version = cls.env["msp.contract.version"].create(
            {
                "contract_id": contract.id,
                "date_start": start,
                "change_ids": [Command.create(vals) for vals in changes],
                **values,
            }
        )
        version.action_activate()
        return version

    @classmethod
    def _set(cls, position, start, **values):
        """Return an active version that sets quantity, price or discount."""
        vals = {"action": "set", "position_id": position.id}
        if "quantity" in values:
            vals.update(quantity_mode="set", quantity=values.pop("quantity"))
        if "move" in values:
            vals.update(quantity_mode="move", quantity=values.pop("move"))
        if "price" in values:
            vals.update(sets_price=True, price_unit=values.pop("price"))
        if "discount" in values:
            vals.update(sets_discount=True, discount=values.pop("discount"))
        return cls._version(position.contract_id, start, [vals], **values)

    @classmethod
    def _end(cls, position, start, **values):
        """Return an active version that ends `position`; `start` is not covered."""
        change = {"action": "end", "position_id": position.id}
        return cls._version(position.contract_id, start, [change], **values)

    @classmethod
    def _run(cls, until, kind="regular", contracts=None, post=True, user=None):
        """Return a finished run."""
        run = cls.env["msp.billing.run"].with_user(user or cls.env.user)
        run = run.create(
            {
                "kind": kind,
                "date_until": until,
                "invoice_date": until,
                "company_id": cls.company_data["company"].id,
                "contract_ids": [Command.set(contracts.ids)] if contracts else False,
            }
        )
        run.action_preview()
        run.action_create_invoices()
        if post and run.move_ids:
            run.action_post()
        return run

    @classmethod
    def _vendor_commitment(cls, position, quantity=10, price=18.0, **values):
        """Return: so many units at a price per month until 14 May."""
        if "vendor_id" not in values:
            vendor = cls.env["res.partner"].create({"name": "Microsoft"})
            values["vendor_id"] = vendor.id
        return cls.env["msp.vendor.commitment"].create(
            {
                "position_id": position.id,
                "quantity": quantity,
                "price_unit": price,
                "currency_id": position.currency_id.id,
                "date_start": day(5, 15, 2025),
                "date_end": day(5, 14),
                **values,
            }
        )

    def _dialog(self, action):
        """Return the form that `action` opens."""
        return Form(self.env[action["res_model"]].with_context(**action["context"]))

    def _drafts(self, contract):
        return contract.version_ids.filtered(lambda version: version.state == "draft")

    def _content(self, contract):
        """Return [(position, first day, last day, quantity, price)] by day."""
        return [
            (
                line.position_id.name,
                line.date_start,
                line.date_end,
                line.quantity,
                line.price_unit,
            )
            for line in contract.line_ids.sorted(
                lambda line: (line.position_id.id, line.date_start)
            )
        ]

    def _claims(self, contract):
        """Return [(first day, last day, amount)] of the charges that count."""
        charges = contract.charge_ids.filtered("counts")
        return [(c.date_start, c.date_end, c.amount) for c in charges]

    def assertSettled(self, contract, until):
        """Assert that neither run finds anything more to bill."""
        for kind in ("regular", "differential"):
            run = self._run(until, kind, contract, post=False)
            self.assertFalse(run.line_ids.mapped("preview"), kind)


def day(month, number=1, year=2026):
    return date(year, month, number)
