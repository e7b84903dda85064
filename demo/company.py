"""Sets Odoo up for the demo: company, people, products, customers.

This is what an administrator does once; the story's own steps are in `story`.
"""

from odoo import Command

from .catalogue import ARTICLES
from .scenario import PROVIDERS, Scenario

# Password = log-in. The administrator is Odoo's own and keeps "admin".
LOGINS = (
    ("anna", "Anna Petersen", "Account manager", "group_account_manager"),
    ("bernd", "Bernd Claasen", "Billing clerk", "group_billing_clerk"),
    ("clara", "Clara Jensen", "Accountant", "group_accountant"),
)
ADMINISTRATOR = ("admin", "Administrator")
# Who sends the provider's bills, by the provider's code.
VENDORS = {
    "microsoft": "Microsoft Ireland Operations Limited",
    "ingram": "Ingram Micro Distribution GmbH",
    "skykick": "SkyKick",
}


def set_up(env, scenario: Scenario):
    """Turn the main company into the demo's; return it."""
    company = env.ref("base.main_company")
    place = scenario.place
    env["res.lang"]._activate_lang(place.language)
    company.write(
        {
            "name": place.company,
            "street": place.street,
            "zip": place.postal_code,
            "city": place.town,
            "country_id": _country(env, place.country).id,
            "vat": place.vat,
            "email": "info@nordlicht.example",
            "website": "https://nordlicht.example",
            "external_report_layout_id": env.ref("web.external_layout_standard").id,
        }
    )
    if company.chart_template != place.chart:
        env["account.chart.template"].try_loading(place.chart, company)
    env["res.partner.bank"].create(
        {
            "acc_number": place.iban,
            "partner_id": company.partner_id.id,
            "allow_out_payment": True,
        }
    )
    return company


def create_users(env, company, language: str) -> dict:
    """Return a user for each role, by log-in."""
    administrator = env.ref("base.user_admin")
    administrator.lang = language
    users = {"admin": administrator}
    for login, name, _role, group in LOGINS:
        users[login] = (
            env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": name,
                    "login": login,
                    "password": login,
                    "email": f"{login}@nordlicht.example",
                    "lang": language,
                    "tz": "Europe/Berlin",
                    "company_id": company.id,
                    "company_ids": [Command.set(company.ids)],
                    "group_ids": [
                        Command.link(env.ref("base.group_user").id),
                        Command.link(env.ref(f"msp_contract_billing.{group}").id),
                    ],
                }
            )
        )
    return users


def create_products(env) -> dict:
    """Return a product for each article, by its key.

    The provider's article number as internal reference lets the import suggest it.
    """
    products = env["product.product"].create(
        [
            {
                "name": article.name,
                "type": "service",
                "default_code": article.code,
                "list_price": float(article.price),
                "standard_price": float(article.cost or 0),
                "invoice_policy": "order",
                "msp_recurring": article.is_recurring,
                "msp_price_interval": "1",
            }
            for article in ARTICLES
        ]
    )
    return dict(zip((a.key for a in ARTICLES), products, strict=True))


def create_customers(env, scenario: Scenario, manager) -> dict:
    """Return a customer for each of the scenario's, by number."""
    partners = env["res.partner"].create(
        [
            {
                "name": customer.name,
                "is_company": True,
                "street": customer.street,
                "zip": customer.postal_code,
                "city": customer.town,
                "country_id": _country(env, customer.country).id,
                "email": f"rechnung@{customer.domain}",
                "website": f"https://www.{customer.domain}",
                "lang": scenario.place.language,
                "user_id": manager.id,
                "property_payment_term_id": env.ref(
                    "account.account_payment_term_30days"
                ).id,
            }
            for customer in scenario.customers
        ]
    )
    numbers = (customer.number for customer in scenario.customers)
    return dict(zip(numbers, partners, strict=True))


def create_vendors(env, scenario: Scenario) -> dict:
    """Say who bills us for each provider; return the providers, by their code.

    All bill with our country's tax, as their files say.
    """
    country = _country(env, scenario.place.country)
    found = env["msp.provider"].search([("code", "in", PROVIDERS)])
    providers = {provider.code: provider for provider in found}
    vendors = env["res.partner"].create(
        [
            {
                "name": name,
                "is_company": True,
                "supplier_rank": 1,
                "country_id": country.id,
            }
            for name in VENDORS.values()
        ]
    )
    for code, vendor in zip(VENDORS, vendors, strict=True):
        providers[code].partner_id = vendor
    return providers


def _country(env, code: str):
    return env["res.country"].search([("code", "=", code)], limit=1)
