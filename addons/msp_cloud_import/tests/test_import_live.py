from datetime import date

from odoo import Command
from odoo.tests import freeze_time, tagged

from .common import ImportCommon, seats


@freeze_time("2026-04-08 12:00:00")
@tagged("post_install", "-at_install")
class TestImportLive(ImportCommon):
    """What was sold and waits for its first day at the provider."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mail = cls._product("Contoso Mail", 5.0)
        cls.contract = cls._contract(cls.customer, [(cls.mail, 12, 5.0)])
        cls.order = cls.env["sale.order"].create({"partner_id": cls.customer.id})
        cls.version = cls._sell(cls.premium, 12, 17.5)
        cls.position = cls.version.change_ids.position_id

    @classmethod
    def _sell(cls, product, quantity, price, awaits="provider", contract=None):
        """Return a draft version with a position that is sold and not live."""
        contract = contract or cls.contract
        position = cls.env["msp.contract.position"].create(
            {"contract_id": contract.id, "product_id": product.id}
        )
        begin = Command.create(position._prepare_begin_vals(quantity, price, "1"))
        return cls.env["msp.contract.version"]._create_of_order(
            [
                {
                    "contract_id": contract.id,
                    "date_start": date(2026, 2, 20),
                    "cause": "order",
                    "sale_order_id": cls.order.id,
                    "awaits": awaits,
                    "change_ids": [begin],
                }
            ]
        )

    def _lines(self, position=None):
        return [
            (line.date_start, line.quantity, line.price_unit)
            for line in (position or self.position).line_ids.sorted("date_start")
        ]

    def test_first_day_at_the_provider_begins_what_was_sold(self):
        import_ = self._prepared(seats(12, ChargeType="new"))
        [change] = import_.change_ids
        self.assertRecordValues(
            change,
            [
                {
                    "kind": "begin",
                    "is_awaited": True,
                    "position_id": self.position.id,
                    "contract_id": self.contract.id,
                    "awaited_version_id": self.version.id,
                    "date_start": date(2026, 3, 5),
                    "old_quantity": 0.0,
                    "sold_quantity": 12.0,
                    "quantity": 12.0,
                    "price_unit": 17.5,
                    "state": "proposed",
                    "error": False,
                }
            ],
        )
        self.assertEqual(
            change.summary, "Contoso Business Premium, goes live with 12 on 03/05/2026"
        )
        self.assertEqual(self.version.provider_seen, date(2026, 3, 5))
        context = self.version.action_go_live()["context"]
        self.assertEqual(context["default_date_start"], date(2026, 3, 5))
        import_.action_apply()
        self.assertEqual(self._lines(), [(date(2026, 3, 5), 12.0, 17.5)])
        self.assertRecordValues(
            self.version,
            [
                {
                    "state": "active",
                    "awaits": False,
                    "date_start": date(2026, 3, 5),
                    "cause": "order",
                    "import_id": import_.id,
                    "sale_order_id": self.order.id,
                }
            ],
        )
        self.assertEqual(change.version_id, self.version)
        self.assertEqual(import_.provider_charge_ids.version_id, self.version)
        self.assertEqual(import_.provider_charge_ids.state, "applied")
        self.assertEqual(import_.amount_lost, 0)
        self.assertEqual(len(self.contract.position_ids), 2, "not a second position")
        mapping = self.env["msp.position.mapping"].search(
            [("provider_id", "=", self.provider.id)]
        )
        self.assertEqual(mapping.position_id, self.position)

    def test_quantity_of_the_file_is_set_by_a_version_of_its_own(self):
        import_ = self._prepared(seats(15, ChargeType="new"))
        [change] = import_.change_ids
        self.assertEqual(change.error, "Sold were 12, the provider has 15")
        import_.action_apply()
        self.assertEqual(self._lines(), [(date(2026, 3, 5), 15.0, 17.5)])
        self.assertEqual(self.version.change_ids.quantity, 12.0)
        other = import_.version_ids - self.version
        self.assertRecordValues(
            other, [{"cause": "import", "date_start": date(2026, 3, 5), "number": 3}]
        )
        self.assertEqual(other.change_ids.quantity, 15.0)

    def test_later_rows_of_the_same_file_follow(self):
        april = seats(
            14, ChargeStartDate=date(2026, 4, 5), ChargeEndDate=date(2026, 5, 4)
        )
        import_ = self._applied(seats(12, ChargeType="new"), april)
        self.assertEqual(
            self._lines(),
            [(date(2026, 3, 5), 12.0, 17.5), (date(2026, 4, 5), 14.0, 17.5)],
        )
        self.assertEqual(import_.change_ids.mapped("state"), ["applied"] * 2)

    def test_next_month_finds_it_under_contract(self):
        self._applied(seats(12, ChargeType="new"))
        april = self._prepared(
            seats(12, ChargeStartDate=date(2026, 4, 5), ChargeEndDate=date(2026, 5, 4)),
            name="april.csv",
        )
        self.assertEqual(april.change_ids.mapped("state"), ["no_change"])

    def test_acceptance_is_not_the_provider_s_to_give(self):
        self.version._system_write({"awaits": "acceptance"})
        import_ = self._prepared(seats(12, ChargeType="new"))
        [change] = import_.change_ids
        self.assertEqual(change.state, "waiting")
        self.assertIn("waits for its acceptance", change.error)
        self.assertEqual(change.candidate_position_ids, self.position)
        self.assertEqual(self.version.provider_seen, date(2026, 3, 5))
        import_.action_apply()
        self.assertEqual(self.version.state, "draft")
        self.version._go_live(date(2026, 3, 5))
        import_.action_prepare()
        self.assertEqual(import_.change_ids.state, "no_change")

    def test_contract_that_begins_later_waits(self):
        later = self._contract(
            self._partner("Praxis Beispiel", website="https://praxis.example"),
            [(self.mail, 1, 5.0)],
            date(2026, 4, 1),
        )
        self._sell(self.premium, 3, 17.5, contract=later)
        import_ = self._prepared(
            seats(
                3,
                CustomerId="22222222-0000-4000-8000-000000000002",
                CustomerName="Praxis Beispiel",
                CustomerDomainName="praxis.example",
                ChargeType="new",
            )
        )
        self.assertEqual(import_.change_ids.state, "waiting")
        self.assertIn("which begins on 04/01/2026", import_.change_ids.error)

    def test_running_and_waiting_position_are_a_question(self):
        running = self._contract(self.customer, [(self.premium, 12, 20.0)])
        import_ = self._prepared(seats(12))
        [change] = import_.change_ids
        self.assertEqual(change.state, "waiting")
        self.assertEqual(
            change.candidate_position_ids, self.position | running.position_ids
        )
        self.env["msp.import.choose"].create(
            {
                "change_id": change.id,
                "what": "position",
                "position_id": self.position.id,
            }
        ).action_choose()
        import_.action_apply()
        self.assertEqual(self._lines(), [(date(2026, 3, 5), 12.0, 17.5)])

    def test_taken_position_leaves_only_what_waits(self):
        """A second subscription of a product that runs already is the one sold."""
        running = self._contract(self.customer, [(self.premium, 4, 20.0)])
        other = "5b5b5b5b-0000-4000-8000-000000000009"
        self.env["msp.position.mapping"].create(
            {
                "provider_id": self.provider.id,
                "company_id": self.company.id,
                "subscription_id": other,
                "sku_id": "CFQ7TTC0LCHC:0002",
                "position_id": running.position_ids.id,
            }
        )
        import_ = self._applied(seats(4, SubscriptionId=other), seats(12))
        self.assertEqual(self._lines(), [(date(2026, 3, 5), 12.0, 17.5)])
        self.assertEqual(import_.failed_count, 0)

    def test_what_changed_since_it_was_prepared_is_refused(self):
        for change_it in (
            lambda: self.version.change_ids.write({"quantity": 13}),
            lambda: self.version._system_write({"awaits": "acceptance"}),
            lambda: self.version.unlink(),
        ):
            with self.env.cr.savepoint() as savepoint:
                import_ = self._prepared(seats(12, ChargeType="new"))
                change_it()
                import_.action_apply()
                self.assertEqual(import_.change_ids.state, "failed")
                self.assertIn("Prepare the import again", import_.change_ids.error)
                self.assertEqual(len(self.contract.version_ids.filtered("number")), 1)
                savepoint.rollback()

    def test_withdrawn_import_lets_it_wait_again(self):
        import_ = self._applied(seats(15, ChargeType="new"))
        import_._withdraw("wrong file")
        self.assertFalse(self._lines())
        self.assertEqual(self.version.state, "withdrawn")
        again = self.contract.version_ids.filtered("awaits")
        self.assertRecordValues(
            again,
            [
                {
                    "state": "draft",
                    "awaits": "provider",
                    "cause": "order",
                    "sale_order_id": self.order.id,
                    "import_id": False,
                    "provider_seen": False,
                }
            ],
        )
        self.assertEqual(again.change_ids.position_id, self.position)
        self.assertEqual(again.change_ids.quantity, 12.0)
        self._applied(seats(12, ChargeType="new"), name="right.csv")
        self.assertEqual(self._lines(), [(date(2026, 3, 5), 12.0, 17.5)])

    def test_left_out_is_not_seen(self):
        import_ = self._prepared(seats(12, ChargeType="new"))
        import_.change_ids.action_exclude()
        self.version.invalidate_recordset()
        self.assertFalse(self.version.provider_seen)

    def test_from_the_order_to_the_first_day_at_the_provider(self):
        self.version.unlink()
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "msp_contract_action": "amend",
                "msp_contract_id": self.contract.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.premium.id,
                            "product_uom_qty": 12,
                            "price_unit": 17.5,
                            "msp_begins": "provider",
                        }
                    )
                ],
            }
        )
        order.action_confirm()
        position = order.order_line.msp_position_id
        self.assertFalse(position.line_ids)
        import_ = self._applied(seats(12, ChargeType="new"))
        self.assertEqual(self._lines(position), [(date(2026, 3, 5), 12.0, 17.5)])
        self.assertFalse(order.msp_version_ids.filtered("awaits"))
        # The import was wrong: it waits again, and with the order it is gone.
        import_._withdraw("wrong file")
        self.assertEqual(order.msp_version_ids.filtered("awaits").awaits, "provider")
        order._action_cancel()
        self.assertFalse(order.msp_version_ids.filtered("awaits"))

    # Units added to what runs

    def _sell_more(self, quantity, awaits="provider"):
        """Return a running position of 12 units to which sold ones are to be added."""
        self.version.unlink()
        running = self._contract(self.customer, [(self.premium, 12, 20.0)])
        version = self.env["msp.contract.version"].create(
            {
                "contract_id": running.id,
                "date_start": date(2026, 2, 20),
                "cause": "order",
                "change_ids": [
                    Command.create(
                        {
                            "action": "set",
                            "position_id": running.position_ids.id,
                            "quantity_mode": "move",
                            "quantity": quantity,
                        }
                    )
                ],
            }
        )
        version._system_write({"awaits": awaits})
        return running.position_ids, version

    def test_added_units_go_live_with_the_first_day_of_more(self):
        position, version = self._sell_more(3)
        march = self._applied(seats(12))
        self.assertEqual(march.change_ids.state, "no_change")
        self.assertEqual(version.awaits, "provider")
        april = self._prepared(
            seats(15, ChargeStartDate=date(2026, 4, 5), ChargeEndDate=date(2026, 5, 4)),
            name="april.csv",
        )
        [change] = april.change_ids
        self.assertRecordValues(
            change,
            [
                {
                    "kind": "set",
                    "is_awaited": True,
                    "old_quantity": 12.0,
                    "sold_quantity": 15.0,
                    "quantity": 15.0,
                    "error": False,
                }
            ],
        )
        april.action_apply()
        self.assertRecordValues(
            version, [{"state": "active", "date_start": date(2026, 4, 5)}]
        )
        self.assertEqual(april.version_ids, version, "and no version beside it")
        self.assertEqual(
            [line[:2] for line in self._lines(position)],
            [(date(2026, 1, 1), 12.0), (date(2026, 4, 5), 15.0)],
        )

    def test_other_number_than_was_added_is_set(self):
        position, version = self._sell_more(3)
        import_ = self._applied(seats(14))
        self.assertEqual(import_.change_ids.error, False)
        self.assertEqual(version.state, "active")
        self.assertEqual(
            [line[:2] for line in self._lines(position)],
            [(date(2026, 1, 1), 12.0), (date(2026, 3, 5), 14.0)],
        )
        self.assertEqual(len(import_.version_ids), 2)

    def test_added_units_that_wait_for_acceptance_are_not_added_by_a_file(self):
        _position, version = self._sell_more(3, "acceptance")
        import_ = self._prepared(seats(15))
        self.assertEqual(import_.change_ids.state, "waiting")
        self.assertIn("waits for its acceptance", import_.change_ids.error)
        self.assertEqual(version.provider_seen, date(2026, 3, 5))

    def test_units_added_twice_are_a_question(self):
        position, version = self._sell_more(3)
        second = self.env["msp.contract.version"].create(
            {
                "contract_id": position.contract_id.id,
                "change_ids": [
                    Command.create({**vals, "version_id": False})
                    for vals in version.change_ids.copy_data()
                ],
            }
        )
        second._system_write({"awaits": "provider"})
        import_ = self._prepared(seats(15))
        self.assertEqual(import_.change_ids.state, "waiting")
        self.assertIn("was sold several times", import_.change_ids.error)
        second.unlink()
        import_.action_prepare()
        self.assertEqual(import_.change_ids.state, "proposed")
