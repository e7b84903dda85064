from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.msp_contract_billing.billing import settle

from ..models import msp_import_apply
from .common import microsoft_csv, row, seats
from .steps_common import StepsCommon

OTHER = {"SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000009"}


@tagged("post_install", "-at_install")
class TestImportSteps(StepsCommon):
    def test_file_from_reading_to_new_version(self):
        import_ = self._read(seats(12))
        self.assertEqual(import_.state, "read")
        self.assertEqual(import_.name[:3], "IMP")
        self.assertEqual(import_.date_start, date(2026, 3, 5))
        self.assertEqual(import_.date_end, date(2026, 4, 4))
        self.assertEqual(import_.amount_read, 120.0)
        self.assertEqual(import_.amount_waiting, 120.0)

        import_.action_assign()
        self.assertEqual(import_.state, "mapped")
        self.assertEqual(import_.provider_charge_ids.state, "unmapped_customer")
        self.assertEqual(import_.amount_unmapped, 120.0)
        customers = import_.customer_mapping_ids
        self.assertEqual(customers.suggested_partner_id, self.customer)
        self.assertEqual(customers.amount_open, 120.0)
        import_.action_accept_suggestions()
        self.assertEqual(import_.provider_charge_ids.state, "waiting")
        self.assertEqual(customers.amount_open, 0.0)

        import_.action_prepare()
        self.assertEqual(import_.state, "prepared")
        self.assertRecordValues(
            import_.change_ids,
            [
                {
                    "kind": "set",
                    "date_start": date(2026, 3, 5),
                    "old_quantity": 10.0,
                    "quantity": 12.0,
                    "position_id": self.position.id,
                    "state": "proposed",
                }
            ],
        )

        import_.action_apply()
        self.assertEqual(import_.state, "applied")
        self.assertEqual(
            self._content(self.position),
            [(date(2026, 1, 1), 10.0), (date(2026, 3, 5), 12.0)],
        )
        version = import_.version_ids
        self.assertEqual(version.cause, "import")
        self.assertEqual(version.reason, "Microsoft CSP, invoice G012345678")
        self.assertEqual(version.user_id, self.clerk)
        self.assertEqual(import_.provider_charge_ids.state, "applied")
        self.assertEqual(import_.provider_charge_ids.version_id, version)
        self.assertEqual(import_.amount_done, 120.0)
        self.assertEqual(import_.amount_waiting, 0.0)
        self.assertEqual(import_.amount_lost, 0.0)

    def test_same_file_twice_is_refused_until_withdrawn(self):
        first = self._read(seats(12))
        with self.assertRaises(UserError) as caught:
            self._read(seats(12), name="copy.csv")
        message = str(caught.exception)
        for part in ("copy.csv", first.name, "G012345678.csv", self.clerk.name):
            self.assertIn(part, message)
        first._withdraw("wrong month")
        self.assertEqual(self._read(seats(12)).state, "read")

    def test_increase_within_the_period_makes_two_versions(self):
        old, new = self._increase(12, 15, date(2026, 3, 15))
        import_ = self._applied(seats(12), new, old)
        self.assertEqual(
            self._content(self.position),
            [
                (date(2026, 1, 1), 10.0),
                (date(2026, 3, 5), 12.0),
                (date(2026, 3, 15), 15.0),
            ],
        )
        self.assertEqual(len(import_.version_ids), 2)
        self.assertEqual(set(import_.provider_charge_ids.mapped("state")), {"applied"})

    def _increase(self, old, new, day, **cells):
        """Return the two rows of a change of seats."""
        common = {
            "ChargeType": "addQuantity",
            "OrderDate": day,
            "ReferenceId": "c3c3c3c3-0000-4000-8000-000000000001",
            **cells,
        }
        back = row(
            **{
                **common,
                "Quantity": old,
                "BillableQuantity": old,
                "EffectiveUnitPrice": "-6.77",
                "Subtotal": f"{-6.77 * old:.2f}",
                "TaxTotal": "0.00",
                "Total": f"{-6.77 * old:.2f}",
            }
        )
        anew = row(
            **{
                **common,
                "Quantity": new,
                "BillableQuantity": new,
                "EffectiveUnitPrice": "6.77",
                "Subtotal": f"{6.77 * new:.2f}",
                "TaxTotal": "0.00",
                "Total": f"{6.77 * new:.2f}",
                "ChargeStartDate": day,
            }
        )
        return back, anew

    def test_later_file_change_is_compared_with_the_earlier_one(self):
        # The contract says 15 already; the file says 12, then 15 again.
        self._version(
            self.contract,
            date(2026, 2, 1),
            {
                "action": "set",
                "position_id": self.position.id,
                "quantity_mode": "set",
                "quantity": 15,
            },
        )
        self._applied(seats(12), *self._increase(12, 15, date(2026, 3, 15)))
        self.assertEqual(
            self._content(self.position)[1:],
            [
                (date(2026, 2, 1), 15.0),
                (date(2026, 3, 5), 12.0),
                (date(2026, 3, 15), 15.0),
            ],
        )

    def test_equal_quantity_changes_nothing_but_is_remembered(self):
        import_ = self._applied(seats(10))
        self.assertFalse(import_.version_ids)
        self.assertEqual(import_.provider_charge_ids.state, "no_change")
        self.assertEqual(import_.amount_done, 100.0)
        mapping = self.env["msp.position.mapping"].search(
            [("subscription_id", "=", "5b5b5b5b-0000-4000-8000-000000000001")]
        )
        self.assertEqual(mapping.position_id, self.position)
        self.assertEqual(mapping.sku_id, "CFQ7TTC0LCHC:0002")

    def test_next_month_needs_no_assignment(self):
        self._applied(seats(12))
        april = self._read(
            seats(
                14,
                InvoiceNumber="G012345999",
                ChargeStartDate=date(2026, 4, 5),
                ChargeEndDate=date(2026, 5, 4),
            ),
            name="G012345999.csv",
        )
        april.action_assign()
        self.assertEqual(april.provider_charge_ids.state, "waiting")
        self.assertEqual(april.amount_unmapped, 0.0)
        april.action_prepare()
        april.action_apply()
        self.assertEqual(self._content(self.position)[-1], (date(2026, 4, 5), 14.0))

    def test_new_position_begins_with_the_customers_price(self):
        exchange = self._product("Contoso Mail", 4.0)
        self.env["product.pricelist"].create({"name": "other"})
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Muster Bau",
                "currency_id": self.eur.id,
                "company_id": self.company.id,
                "item_ids": [
                    Command.create(
                        {
                            "applied_on": "0_product_variant",
                            "product_id": exchange.id,
                            "compute_price": "fixed",
                            "fixed_price": 3.5,
                        }
                    )
                ],
            }
        )
        self.customer.property_product_pricelist = pricelist
        import_ = self._applied(seats(5, SkuId="0009", SkuName="Contoso Mail", **OTHER))
        position = self.contract.position_ids - self.position
        self.assertEqual(position.product_id, exchange)
        self.assertRecordValues(
            position.line_ids,
            [
                {
                    "date_start": date(2026, 3, 5),
                    "quantity": 5.0,
                    "price_unit": 3.5,
                    "price_interval": "1",
                }
            ],
        )
        self.assertEqual(import_.provider_charge_ids.position_id, position)

    def test_new_position_that_ends_in_the_same_file(self):
        self._product("Contoso Mail", 4.0)
        cancel = seats(
            5, SkuId="0009", SkuName="Contoso Mail", **{**OTHER, "price": "-3.40"}
        )
        cancel.update(ChargeType="cancelImmediate", OrderDate="03/09/2026")
        begin = seats(5, SkuId="0009", SkuName="Contoso Mail", **OTHER)
        begin["ChargeType"] = "new"
        import_ = self._applied(begin, cancel)
        position = self.contract.position_ids - self.position
        self.assertRecordValues(
            position.line_ids,
            [{"date_start": date(2026, 3, 5), "date_end": date(2026, 3, 8)}],
        )
        self.assertEqual(len(import_.version_ids), 2)

    def test_all_changes_of_a_contract_with_one_first_day_are_one_version(self):
        mail = self._product("Contoso Mail", 4.0)
        contract = self._contract(self._partner("Praxis"), [(mail, 1, 4.0)])
        self.assertTrue(contract)
        import_ = self._applied(
            seats(12), seats(5, SkuId="0009", SkuName="Contoso Mail", **OTHER)
        )
        self.assertEqual(len(import_.version_ids), 1)
        self.assertEqual(len(import_.version_ids.change_ids), 2)

    def test_failing_contract_does_not_stop_others_and_is_retried(self):
        mail = self._product("Contoso Mail", 4.0)
        partner = self._partner("Praxis Beispiel", website="praxis.example")
        other = self._contract(partner, [(mail, 1, 4.0)])
        import_ = self._prepared(
            seats(12),
            seats(
                5,
                CustomerId="22222222-0000-4000-8000-000000000002",
                CustomerName="Praxis Beispiel",
                CustomerDomainName="praxis.example",
                SkuId="0009",
                SkuName="Contoso Mail",
                **OTHER,
            ),
        )
        self._version(
            self.contract,
            date(2026, 2, 1),
            {
                "action": "set",
                "position_id": self.position.id,
                "quantity_mode": "set",
                "quantity": 11,
            },
        )
        import_.action_apply()
        failed = import_.change_ids.filtered(lambda one: one.state == "failed")
        self.assertEqual(failed.contract_id, self.contract)
        self.assertIn("has changed since", failed.error)
        self.assertEqual(import_.amount_waiting, 120.0)
        self.assertEqual(self._content(other.position_ids)[-1], (date(2026, 3, 5), 5.0))
        import_.action_prepare()
        import_.action_apply()
        self.assertEqual(self._content(self.position)[-1], (date(2026, 3, 5), 12.0))
        self.assertEqual(import_.amount_waiting, 0.0)
        self.assertEqual(len(import_.version_ids), 2)

    def test_applying_twice_changes_nothing(self):
        import_ = self._applied(seats(12))
        import_.action_prepare()
        import_.action_apply()
        self.assertEqual(len(import_.version_ids), 1)

    def test_missing_row_ends_nothing(self):
        mail = self._product("Contoso Mail", 4.0)
        contract = self._contract(self.customer, [(mail, 5, 4.0)])
        self._applied(seats(12))
        self.assertEqual(
            self._content(contract.position_ids), [(date(2026, 1, 1), 5.0)]
        )

    def test_cancellation_ends_the_position_on_its_day(self):
        cancel = seats(10, price="-10.00", ChargeType="cancelImmediate")
        cancel["OrderDate"] = "03/08/2026"
        import_ = self._applied(cancel)
        self.assertEqual(import_.change_ids.kind, "end")
        self.assertEqual(self.position.date_end, date(2026, 3, 7))

    def test_withdrawn_import_leaves_the_contract_as_before(self):
        import_ = self._applied(seats(12))
        wizard = (
            self.env["msp.import.withdraw"]
            .with_user(self.clerk)
            .create({"import_id": import_.id, "reason": "wrong file"})
        )
        wizard.action_withdraw()
        self.assertEqual(import_.state, "withdrawn")
        self.assertEqual(self._content(self.position), [(date(2026, 1, 1), 10.0)])
        self.assertEqual(import_.amount_ignored, 120.0)
        self.assertEqual(import_.amount_lost, 0.0)

    def test_position_begun_by_a_withdrawn_import_begins_again(self):
        self._product("Contoso Mail", 4.0)
        mail = seats(5, SkuId="0009", SkuName="Contoso Mail", **OTHER)
        self._applied(mail)._withdraw("again")
        position = self.contract.position_ids - self.position
        self.assertFalse(position.line_ids)
        import_ = self._read(mail)
        import_.action_assign()
        import_.action_prepare()
        import_.action_apply()
        self.assertEqual(self.contract.position_ids, self.position | position)
        self.assertEqual(self._content(position), [(date(2026, 3, 5), 5.0)])

    def test_corrected_download_adds_only_what_is_new(self):
        self._product("Contoso Mail", 4.0)
        mail = seats(5, SkuId="0009", SkuName="Contoso Mail", **OTHER)
        first = self._applied(seats(12))
        second = self._applied(seats(12), mail, name="G012345678-2.csv")
        self.assertEqual(second.amount_read, 170.0)
        self.assertEqual(second.amount_ignored, 120.0)
        self.assertEqual(second.amount_done, 50.0)
        known = second.provider_charge_ids.filtered("known_charge_id")
        self.assertEqual(known.known_charge_id, first.provider_charge_ids)
        self.assertEqual(len(second.version_ids), 1)

    def test_row_leads_to_version_and_to_the_charge_it_caused(self):
        import_ = self._applied(seats(12))
        charges = self._bill(self.contract, date(2026, 3, 31))
        march = charges.filtered(lambda one: one.date_start == date(2026, 3, 5))
        self.assertEqual(march.date_end, date(2026, 3, 31))
        self.assertEqual(march.quantity, 12.0)
        self.assertEqual(import_.provider_charge_ids.msp_charge_ids, march)
        action = import_.action_view_charges()
        self.assertIn(march.id, action["domain"][0][2])

    def _bill(self, contract, until):
        """Put claims into the ledger as the run would, without invoices."""
        charges = self.env["msp.charge"]
        history = contract._load_histories()[contract.id]
        due = settle(history, [], until, 2)
        vals = [
            {
                **charges._prepare_vals(
                    contract, charge, {charge.position: self.env["account.tax"]}
                ),
                "kind": "opening",
            }
            for charge in due
        ]
        return charges._append(vals)

    def test_pitfall_082_blank_rows_are_skipped(self):
        content = microsoft_csv(seats(12)).replace(b"\r\n", b"\r\n\r\n")
        import_ = (
            self.env["msp.import"]
            .with_user(self.clerk)
            .import_file(self.provider, "blank.csv", content)
        )
        self.assertEqual(import_.row_count, 1)
        self.assertEqual(import_.problem_count, 0)

    def test_upload_window_reads_and_assigns(self):
        attachment = (
            self.env["ir.attachment"]
            .with_user(self.clerk)
            .create({"name": "G01.csv", "raw": microsoft_csv(seats(12))})
        )
        wizard = (
            self.env["msp.import.upload"]
            .with_user(self.clerk)
            .create(
                {
                    "provider_id": self.provider.id,
                    "attachment_ids": [Command.link(attachment.id)],
                }
            )
        )
        action = wizard.action_import()
        import_ = self.env["msp.import"].browse(action["res_id"])
        self.assertEqual(import_.state, "mapped")
        self.assertEqual(import_.file_name, "G01.csv")
        self.assertEqual(self.provider.last_import_id, import_)
        self.assertEqual(self.provider.amount_unmapped, 120.0)

    def test_long_import_is_continued_by_the_scheduler(self):
        import_ = self._prepared(seats(12))
        with (
            patch.object(msp_import_apply, "REQUEST_SECONDS", -1),
            patch.object(msp_import_apply, "BATCH_SIZE", 0),
        ):
            import_.action_apply()
        self.assertTrue(import_.is_running)
        self.assertFalse(import_.version_ids)
        cron = self.env.ref("msp_cloud_import.ir_cron_continue_imports")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        import_.invalidate_recordset()
        self.assertFalse(import_.is_running)
        self.assertEqual(import_.state, "applied")
        self.assertEqual(import_.version_ids.user_id, self.clerk)
