from odoo import Command

from .common import ContractCommon


class SaleContractCommon(ContractCommon):
    """Quotations with recurring seats (12.50 per month) and one-time work (100.00)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seats.msp_recurring = True
        cls.backup.msp_recurring = True
        cls.work = cls._product("Migration", 100.00)

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref(
            "sales_team.group_sale_manager"
        )

    @classmethod
    def _order(cls, *lines, **values):
        """Return a quotation; `lines` are (product, quantity[, values]) tuples."""
        return cls.env["sale.order"].create(
            {
                "partner_id": cls.customer.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            **(extra[0] if extra else {}),
                        }
                    )
                    for product, quantity, *extra in lines
                ],
                **values,
            }
        )

    @classmethod
    def _confirm(cls, *lines, **values):
        """Return the contract of a confirmed order, and the order."""
        order = cls._order(*lines, **values)
        order.action_confirm()
        return order.msp_version_id.contract_id, order

    @classmethod
    def _amendment(cls, contract, *lines, **values):
        return cls._order(
            *lines, msp_contract_action="amend", msp_contract_id=contract.id, **values
        )

    def _position(self, contract, product):
        return contract.position_ids.filtered(
            lambda position: position.product_id == product
        )
