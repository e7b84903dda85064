from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, freeze_time, tagged

from .common import day
from .price_common import PriceCommon


@freeze_time("2026-05-14 12:00:00")
@tagged("post_install", "-at_install")
class TestContractCompanies(PriceCommon):
    """Currency, pricelist, fiscal position and taxes are the contract's, whoever looks.

    The user works in a company with USD and may see another one with EUR: 1.00 EUR
    is 2.00 USD.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.setup_other_currency("EUR", rates=[("2026-01-01", 0.5)])
        data = cls.setup_other_company(name="Second House", currency_id=cls.euro.id)
        cls.other = data["company"]
        cls.other_tax = data["default_tax_sale"]
        # Rates belong to a company.
        usd = cls.company.currency_id
        cls.env["res.currency.rate"].create(
            [
                {
                    "currency_id": usd.id,
                    "name": "2026-01-01",
                    "rate": 2.0,
                    "company_id": cls.other.id,
                },
                {
                    "currency_id": cls.euro.id,
                    "name": "2026-01-01",
                    "rate": 1.0,
                    "company_id": cls.other.id,
                },
            ]
        )
        group = cls.env.ref("product.group_product_pricelist")
        cls.env.ref("base.group_user").implied_ids |= group
        cls.user = cls._role_user(
            "both", "group_account_manager", "group_billing_clerk"
        )
        cls.user.company_ids |= cls.other
        cls.seats.taxes_id |= cls.other_tax
        cls.backup.taxes_id |= cls.other_tax
        cls.there = cls._of_company(cls.other)
        cls.here = cls._of_company(cls.company)
        cls.there_list = cls.there["product.pricelist"].create(
            {
                "name": "Second House",
                "currency_id": cls.euro.id,
                "company_id": cls.other.id,
                "item_ids": [
                    Command.create(
                        {
                            "applied_on": "1_product",
                            "product_tmpl_id": product.product_tmpl_id.id,
                            "compute_price": "fixed",
                            "fixed_price": price,
                        }
                    )
                    for product, price in ((cls.backup, 21.0), (cls.seats, 12.5))
                ],
            }
        )
        cls.terms = cls.there["account.payment.term"].create(
            {"name": "60 days", "company_id": cls.other.id}
        )
        partner = cls.customer.with_env(cls.there)
        partner.property_product_pricelist = cls.there_list
        partner.property_payment_term_id = cls.terms

    @classmethod
    def _of_company(cls, company):
        """Return the environment of an administrator who works in `company`."""
        companies = (company | cls.company | cls.other).ids
        companies.sort(key=lambda company_id: company_id != company.id)
        return cls.env(context={**cls.env.context, "allowed_company_ids": companies})

    def _as_user(self, records):
        """Return `records` as the user sees them, who works in the first company."""
        companies = (self.company | self.other).ids
        return records.with_user(self.user).with_context(allowed_company_ids=companies)

    def _run_there(self, contract):
        """Return the run that bills what is due in May, with drafts of invoices."""
        run = self._as_user(self.env["msp.billing.run"]).create(
            {
                "date_until": day(5),
                "invoice_date": day(5),
                "company_id": self.other.id,
                "contract_ids": [Command.set(contract.ids)],
            }
        )
        run.action_preview()
        run.action_create_invoices()
        return run

    def _contract_there(self, **values):
        contracts = self._as_user(self.env["msp.contract"])
        contract = contracts.create(
            {"partner_id": self.customer.id, "company_id": self.other.id, **values}
        )
        position = contracts.env["msp.contract.position"].create(
            {"contract_id": contract.id, "product_id": self.seats.id}
        )
        version = contracts.env["msp.contract.version"].create(
            {
                "contract_id": contract.id,
                "date_start": day(5),
                "change_ids": [
                    Command.create({"action": "terms", "anchor_date": day(5)}),
                    Command.create(position._prepare_begin_vals(10, 10.0, "1")),
                ],
            }
        )
        version.action_activate()
        return contract

    def test_a_new_contract_is_as_its_company(self):
        abroad = self.env["res.country"].search([("code", "=", "NL")])
        free = self.there["account.fiscal.position"].create(
            {
                "name": "Abroad",
                "company_id": self.other.id,
                "auto_apply": True,
                "country_id": abroad.id,
            }
        )
        self.customer.country_id = abroad
        contract = self._contract_there()
        self.assertEqual(contract.env.company, self.company)
        self.assertRecordValues(
            contract,
            [
                {
                    "currency_id": self.euro.id,
                    "pricelist_id": self.there_list.id,
                    "payment_term_id": self.terms.id,
                    "fiscal_position_id": free.id,
                }
            ],
        )

    def test_a_new_position_costs_what_the_contracts_company_asks(self):
        contract = self._contract_there()
        context = contract.action_amend()["context"]
        form = Form(contract.env["msp.contract.amend"].with_context(**context))
        with form.line_ids.new() as line:
            line.product_id = self.backup
            self.assertEqual(line.price_unit, 21.0, "the pricelist in EUR")
        local = self._product("Local Support", 15.0, company_id=self.other.id)
        form = Form(contract.env["msp.contract.amend"].with_context(**context))
        with form.line_ids.new() as line:
            line.product_id = local
            self.assertEqual(line.price_unit, 15.0, "not on the list: its own in EUR")

    def test_one_off_charges_cost_the_same(self):
        contract = self._contract_there()
        one_off = contract.env["msp.one.off"].create(
            {"contract_id": contract.id, "product_id": self.backup.id}
        )
        self.assertEqual(one_off.price_unit, 21.0)

    def test_invoices_have_currency_and_taxes_of_the_contract(self):
        contract = self._contract_there()
        run = self._run_there(contract)
        move = run.move_ids
        self.assertRecordValues(
            move,
            [
                {
                    "company_id": self.other.id,
                    "currency_id": self.euro.id,
                    "invoice_payment_term_id": self.terms.id,
                    "amount_untaxed": 100.0,
                    "amount_tax": 15.0,
                }
            ],
        )
        self.assertEqual(move.invoice_line_ids.tax_ids, self.other_tax)

    def test_costs_of_the_contracts_company_in_its_currency(self):
        contract = self._contract_there()
        position = contract.position_ids
        position.write({"price_source": "cost", "price_rule_id": self.rule.id})
        self.seats.with_env(self.there).standard_price = 9.0
        self.assertEqual(self.seats.with_env(self.here).standard_price, 10.0)
        contract.action_check_prices()
        # 9.00 EUR x 1.25
        self.assertEqual(self._proposals(contract)[0][1], [("Business Premium", 11.25)])
        self._cost(self.seats, 16.0, currency_id=self.company.currency_id.id)
        contract.action_check_prices()
        # 16.00 USD are 8.00 EUR, which make the 10.00 EUR that it costs.
        self.assertEqual(self._proposals(contract), [])
        self.assertEqual(position.price_cost, 8.0)

    def test_a_usd_contract_of_a_eur_company(self):
        usd = self.company.currency_id
        contract = self._contract_there(currency_id=usd.id)
        position = contract.position_ids
        self.assertEqual(contract.currency_id, usd)
        position.price_source = "pricelist"
        contract.action_check_prices()
        # 12.50 EUR on the list
        self.assertEqual(self._proposals(contract)[0][1], [("Business Premium", 25.0)])
        position.write({"price_source": "cost", "price_rule_id": self.rule.id})
        self.seats.with_env(self.there).standard_price = 9.0
        contract.action_check_prices()
        # 18.00 USD x 1.25
        self.assertEqual(self._proposals(contract)[0][1], [("Business Premium", 22.5)])
        run = self._run_there(contract)
        self.assertRecordValues(
            run.move_ids, [{"currency_id": usd.id, "amount_untaxed": 100.0}]
        )
        self.assertEqual(abs(run.move_ids.amount_untaxed_signed), 50.0, "in EUR")

    def test_other_companies_prices_are_not_seen(self):
        contract = self._contract_there()
        limited = contract.env["msp.limited.price"].create(
            {"position_id": contract.position_ids.id, "date_end": day(6, 30)}
        )
        rule = self._price_rule(percent=5, company_id=self.other.id)
        outsider = self._role_user("outsider", "group_account_manager")
        self.env.invalidate_all()
        for record in (limited, rule):
            with self.assertRaises(AccessError):
                record.with_user(outsider).with_context(
                    allowed_company_ids=self.company.ids
                ).read(["display_name"])

    def test_the_night_checks_all_companies(self):
        contract = self._contract_there()
        local = self._contract(day(1), [(self.seats, 1, 12.50)])
        for one in (contract, local):
            one.position_ids.sudo().write(
                {"price_source": "cost", "price_rule_id": self.rule.id}
            )
        self.seats.with_env(self.there).standard_price = 10.0
        self.seats.with_env(self.here).standard_price = 11.0
        self._night()
        self.assertEqual(self._proposals(contract)[0][1], [("Business Premium", 12.5)])
        self.assertEqual(self._proposals(local)[0][1], [("Business Premium", 13.75)])
