from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import ContractCommon, day


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestContractTemplate(ContractCommon):
    """Terms for the trade, installed as data and editable."""

    def _template(self, name):
        return self.env.ref(f"msp_contract_billing.msp_contract_template_{name}")

    def _contract_of(self, name, price, **values):
        """Return a contract of a template with 10 seats from 15 January on."""
        start = self.env["msp.contract.start"].create(
            {
                "partner_id": self.customer.id,
                "template_id": self._template(name).id,
                "date_start": day(1, 15),
                "line_ids": [
                    Command.create(
                        {
                            "product_id": self.seats.id,
                            "quantity": 10,
                            "price_unit": price,
                            "price_interval": "0",
                        }
                    )
                ],
            }
        )
        return self.env["msp.contract"].browse(start.action_start()["res_id"])

    def _charges(self, contract, until):
        due = contract._compute_due(until, "regular")[contract.id]
        return [(one.start, one.end, float(one.amount)) for one in due.charges]

    def test_installed_templates_say_what_they_are_for(self):
        templates = self.env["msp.contract.template"].search([])
        self.assertRecordValues(
            templates,
            [
                {"rhythm": rhythm, "term_months": term, "notice_count": notice}
                for rhythm, term, notice in (
                    ("Monthly, in advance", 12, 3),
                    ("Monthly, in advance", 1, 0),
                    ("Monthly, in advance", 12, 1),
                    ("Yearly, in advance", 12, 1),
                    ("Yearly, in advance", 12, 3),
                    ("Monthly, in arrears", 0, 1),
                )
            ],
        )
        self.assertTrue(all(templates.mapped("note")))

    def test_flat_rate_follows_the_calendar(self):
        contract = self._contract_of("flat_rate", 31.0)
        self.assertEqual(
            self._charges(contract, day(2)),
            [(day(1, 15), day(2), 170.0), (day(2), day(3), 310.0)],
        )

    def test_annual_licences_are_given_back_at_the_end_of_the_term_only(self):
        contract = self._contract_of("csp_annual_monthly", 20.0)
        self._set(contract.position_ids, day(3, 15), quantity=12)
        self._set(contract.position_ids, day(4, 15), quantity=8)
        charges = {
            start: amount
            for start, _end, amount in self._charges(contract, day(2, 1, 2027))
        }
        self.assertEqual(charges[day(2, 15)], 200.0)
        self.assertEqual(charges[day(3, 15)], 240.0)
        self.assertEqual(charges[day(4, 15)], 240.0)
        self.assertEqual(charges[day(12, 15)], 240.0)
        self.assertEqual(charges[day(1, 15, 2027)], 160.0)

    def test_annual_licences_billed_annually_charge_more_at_once(self):
        contract = self._contract_of("csp_annual", 365.0)
        self._run(day(1, 15), contracts=contract)
        self._set(contract.position_ids, day(7, 15), quantity=12)
        self._run(day(7, 15), "differential", contract)
        # 2 x 365.00 for 184 of 365 days
        self.assertEqual([row[2] for row in self._claims(contract)], [3650.0, 368.0])
        self._set(contract.position_ids, day(9, 15), quantity=8)
        self.assertSettled(contract, day(9, 15))
        self.assertEqual(
            self._charges(contract, day(1, 15, 2027)),
            [(day(1, 15, 2027), day(1, 15, 2028), 2920.0)],
        )

    def test_maintenance_is_never_credited_within_the_year(self):
        contract = self._contract_of("maintenance", 1000.0)
        self._run(day(1, 15), contracts=contract)
        self._set(contract.position_ids, day(7), quantity=5)
        self.assertSettled(contract, day(12, 31))

    def test_usage_is_billed_in_arrears(self):
        contract = self._contract_of("usage", 10.0)
        self.assertEqual(self._charges(contract, day(1, 31)), [])
        self.assertEqual(
            self._charges(contract, day(3)),
            [(day(1, 15), day(2), 54.84), (day(2), day(3), 100.0)],
        )

    def test_template_is_copied_with_products_and_archived(self):
        template = self._template("flat_rate")
        template.line_ids = [Command.create({"product_id": self.seats.id})]
        copy = template.copy()
        self.assertEqual(copy.line_ids.product_id, self.seats)
        self.assertNotEqual(copy.line_ids, template.line_ids)
        self.assertNotEqual(copy.name, template.name)
        copy.action_archive()
        self.assertNotIn(copy, self.env["msp.contract.template"].search([]))

    def test_terms_that_make_no_sense_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "needs a term"):
            self._template("usage").write({"renewal": "extend"})

    def test_template_of_another_company_is_not_what_a_product_is_sold_under(self):
        other = self.setup_other_company()["company"]
        template = self._template("usage").copy({"company_id": other.id})
        with self.assertRaises(UserError):
            self.seats.msp_template_id = template
        self.seats.msp_template_id = self._template("usage")
        # Each company sells it under its own terms.
        self.assertFalse(self.seats.with_company(other).msp_template_id)

    def test_everybody_reads_and_account_managers_write(self):
        user = self._role_user("tmpl_user")
        manager = self._role_user("tmpl_manager", "group_account_manager")
        template = self._template("flat_rate")
        self.assertTrue(template.with_user(user).name)
        with self.assertRaises(AccessError):
            template.with_user(user).name = "Mine"
        template.with_user(manager).name = "Ours"
        other = self.setup_other_company()["company"]
        template.company_id = other
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            template.with_user(manager).read(["name"])
