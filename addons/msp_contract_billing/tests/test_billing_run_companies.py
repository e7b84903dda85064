from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import day
from .run_common import RunCommon


@tagged("post_install", "-at_install")
class TestBillingRunCompanies(RunCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.setup_other_company()["company"]
        cls.here = cls._contract(day(1), [(cls.seats, 10, 12.50)])
        cls.there = cls._contract(day(1), [(cls.seats, 1, 70)], company_id=cls.other.id)
        cls.user = cls._role_user("both", "group_billing_clerk")

    def _run_of_both(self, **values):
        companies = self.company | self.other
        return (
            self.env["msp.billing.run"]
            .with_user(self.user)
            .with_context(allowed_company_ids=companies.ids)
            .create(
                {
                    "date_until": day(1),
                    "invoice_date": day(1, 5),
                    "partner_ids": [Command.set(self.customer.ids)],
                    "other_company_ids": [Command.set(companies.ids)],
                    **values,
                }
            )
        )

    def test_preview_makes_a_run_of_each_company(self):
        self.user.company_ids |= self.other
        run = self._run_of_both()
        action = run.action_preview()
        runs = run.search(action["domain"], order="id")
        self.assertEqual(runs[0], run)
        self.assertRecordValues(
            runs,
            [
                {
                    "company_id": company.id,
                    "state": "preview",
                    "invoice_date": day(1, 5),
                }
                for company in (self.company, self.other)
            ],
        )
        self.assertEqual(runs[0].line_ids.contract_id, self.here)
        self.assertEqual(runs[1].line_ids.contract_id, self.there)
        self.assertEqual(runs[1].journal_id.company_id, self.other)
        self.assertEqual(runs.partner_ids, self.customer)
        self.assertFalse(runs.other_company_ids)
        # Once more, and nothing is made twice.
        self.assertIs(run.action_preview(), True)

    def test_contracts_are_of_one_company(self):
        self.user.company_ids |= self.other
        run = self._run_of_both(contract_ids=[Command.set(self.here.ids)])
        with self.assertRaisesRegex(UserError, "belong to"):
            run.action_preview()

    def test_company_of_others_is_refused(self):
        with self.assertRaises(AccessError):
            self._run_of_both().action_preview()
