"""Plays the scenario in Odoo, each step as the person whose work it is.

Nothing is written past the models: orders are confirmed, files imported, runs made
and contracts amended by the methods behind the buttons. All days are given, so the
story is the same whenever it is played.
"""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from odoo import Command

from . import company as setup
from . import microsoft_file
from .generator import build
from .report import StepResult, print_logins, print_story
from .scenario import Entry, PriceEntry, Quote, Scenario, Step

__all__ = ["Story", "main", "print_logins"]

# Messages of the chatter stay, mails to colleagues who do not exist do not.
_CONTEXT = {"mail_auto_subscribe_no_notify": True, "mail_notify_force_send": False}


def main(env, out_dir: Path, locale: str = "en") -> dict:
    """Play the demo, print its story and return its figures, ready for JSON.

    The caller commits. The files are written into `out_dir`.

    :param locale: one of `places.PLACES`; its chart of accounts and language must
        be there
    """
    story = Story(env, build(locale), Path(out_dir))
    results = story.play()
    summary = story.summary(results)
    print_story(summary, results)
    return summary


class Story:
    """The scenario in a database; `play` does it all."""

    def __init__(self, env, scenario: Scenario, out_dir: Path):
        self.scenario = scenario
        self.files = microsoft_file.write_files(scenario, out_dir)
        self.company = setup.set_up(env, scenario)
        self.env = env(
            context={**env.context, **_CONTEXT, "allowed_company_ids": self.company.ids}
        )
        language = scenario.place.language
        self.users = setup.create_users(self.env, self.company, language)
        self.products = setup.create_products(self.env)
        self.customers = setup.create_customers(self.env, scenario, self.users["anna"])
        #: by the customer's number, from the first step on
        self.orders: dict = {}

    def _as(self, login: str, model: str):
        """Return a model as one of the people sees it."""
        user = self.users[login]
        return self.env[model].with_user(user).with_context(lang=user.lang)

    def play(self) -> list[StepResult]:
        """Do what the calendar says; return what each step brought."""
        actions: dict[str, Callable[[Step], StepResult]] = {
            "confirm": self._confirm,
            "one_time": self._invoice_one_time,
            "regular": self._run,
            "differential": self._run,
            "import": self._import,
            "enter": self._enter,
        }
        return [actions[step.action](step) for step in self.scenario.calendar]

    # Steps of the calendar

    def _confirm(self, step: Step) -> StepResult:
        """Anna makes the quotes and confirms them."""
        orders = self._as("anna", "sale.order").create(
            [self._prepare_order(quote) for quote in self.scenario.quotes]
        )
        orders.action_confirm()
        for order, quote in zip(orders, self.scenario.quotes, strict=True):
            # Confirming dates an order today.
            order.date_order = quote.ordered
            self.orders[quote.customer.number] = order
        text = f"Quotes of {len(orders)} customers confirmed into contracts"
        return StepResult(step, text, versions=len(orders.msp_version_id))

    def _prepare_order(self, quote: Quote) -> dict:
        rhythm = quote.rhythm
        is_yearly = rhythm.months == 12
        lines = [
            {
                "product_id": self.products[line.article.key].id,
                "product_uom_qty": line.quantity,
                "price_unit": float(line.price),
                "discount": float(line.discount),
            }
            for line in quote.lines
        ]
        if quote.setup_fee:
            lines.append(
                {
                    "product_id": self.products["setup"].id,
                    "product_uom_qty": 1,
                    "price_unit": float(quote.setup_fee),
                }
            )
        return {
            "partner_id": self.customers[quote.customer.number].id,
            "user_id": self.users["anna"].id,
            "date_order": quote.ordered,
            "msp_date_start": quote.start,
            "msp_anchor": rhythm.anchor,
            "billing_every": 1 if is_yearly else rhythm.months,
            "billing_unit": "year" if is_yearly else "month",
            "billing_timing": rhythm.timing,
            "order_line": [Command.create(vals) for vals in lines],
        }

    def _invoice_one_time(self, step: Step) -> StepResult:
        """Anna invoices what is not recurring, Bernd dates and posts it."""
        orders = [
            self.orders[quote.customer.number].id
            for quote in self.scenario.quotes
            if quote.setup_fee
        ]
        wizard = self._as("anna", "sale.advance.payment.inv").with_context(
            active_model="sale.order", active_ids=orders
        )
        wizard.create({"advance_payment_method": "delivered"}).create_invoices()
        found = self._as("anna", "sale.order").browse(orders).invoice_ids
        moves = found.with_user(self.users["bernd"])
        moves.invoice_date = step.day
        moves.action_post()
        return StepResult(step, "Set-up fees invoiced from the orders", moves=moves)

    def _run(self, step: Step) -> StepResult:
        """Bernd makes a billing run, step by step as on its form."""
        run = self._as("bernd", "msp.billing.run").create(
            {
                "kind": step.action,
                "date_until": step.day,
                "invoice_date": step.day,
            }
        )
        run.action_preview()
        run.action_create_invoices()
        while run.state == "running":
            run.action_create_invoices()
        run.action_post()
        errors = [line.error for line in run.line_ids if line.error]
        if errors:
            raise RuntimeError(f"{run.name}: {errors[0]}")
        what = "What became due" if step.action == "regular" else "Differences"
        return StepResult(step, f"{what}, {run.name}", moves=run.move_ids)

    def _import(self, step: Step) -> StepResult:
        """Bernd takes a file through its four steps."""
        assert step.month is not None
        path = next(p for p in self.files if f"{step.month:%Y-%m}" in p.name)
        provider = self._as("bernd", "msp.provider").search(
            [("code", "=", "microsoft")]
        )
        import_ = self._as("bernd", "msp.import").import_file(
            provider, path.name, path.read_bytes()
        )
        import_.action_assign()
        import_.action_accept_suggestions()
        import_.action_prepare()
        import_.action_apply()
        is_lost = bool(_money(import_.amount_lost))
        if import_.failed_count or import_.is_running or is_lost:
            raise RuntimeError(f"{import_.name} was not applied in full.")
        return StepResult(
            step,
            f"{path.name}, {import_.name}",
            imported=import_,
            versions=len(import_.version_ids),
        )

    def _enter(self, step: Step) -> StepResult:
        """Anna enters what she should have entered earlier."""
        entries = [e for e in self.scenario.entries if e.entered == step.day]
        for entry in entries:
            self._amend(entry)
        days = " and ".join(f"{entry.day:%-d %b}" for entry in entries)
        text = f"A price and seats entered late, from {days}"
        return StepResult(step, text, versions=len(entries))

    def _amend(self, entry: Entry) -> None:
        order = self.orders[entry.customer.number]
        amend = self._as("anna", "msp.contract.amend").create(
            {
                "contract_id": order.msp_version_id.contract_id.id,
                "date_start": entry.day,
                "cause": "correction",
                "reason": entry.reason,
            }
        )
        line = amend.line_ids.filtered(
            lambda line: line.product_id == self.products[entry.article.key]
        )
        line.ensure_one()
        if isinstance(entry, PriceEntry):
            line.price_unit = float(entry.new)
        else:
            line.quantity = entry.new
        amend.action_apply()

    # What came out

    def summary(self, results: list[StepResult]) -> dict:
        """Return the figures as they are in the database."""
        own = [("company_id", "=", self.company.id)]
        posted = [("state", "=", "posted"), *own]
        moves = self.env["account.move"].search(
            [("move_type", "in", ("out_invoice", "out_refund")), *posted]
        )
        contracts = self.env["msp.contract"].search(own)
        imports = [result.imported for result in results if result.imported]
        return {
            "company": self.company.name,
            "currency": self.company.currency_id.name,
            "customers": len(contracts.partner_id),
            "contracts": len(contracts),
            "versions": len(
                contracts.version_ids.filtered(lambda one: one.state == "active")
            ),
            "invoices": len(moves.filtered(lambda m: m.move_type == "out_invoice")),
            "credit_notes": len(moves.filtered(lambda m: m.move_type == "out_refund")),
            "invoiced_total": str(_total(moves)),
            "imports": len(imports),
            "rows_imported": sum(one.row_count for one in imports),
            "money_imported": [_where_the_money_is(one) for one in imports],
            "waiting": self._waiting(),
            "months": _months(results),
            "files": [str(path) for path in self.files],
            "url": self.env["ir.config_parameter"].get_param("web.base.url"),
            "logins": [
                {"role": role, "login": login, "password": login}
                for login, role in (
                    *((login, role) for login, _name, role, _group in setup.LOGINS),
                    setup.ADMINISTRATOR,
                )
            ],
        }

    def _waiting(self) -> list[dict]:
        """Return what the files ask for and nobody can bill, with its money."""
        result = []
        for what, model in (
            ("customer", "msp.customer.mapping"),
            ("product", "msp.product.mapping"),
        ):
            for mapping in self.env[model].search(
                [("state", "=", "open"), ("company_id", "=", self.company.id)]
            ):
                result.append(
                    {
                        "unknown": what,
                        "name": mapping.external_name,
                        "amount": str(_money(mapping.amount_open)),
                    }
                )
        return result


def _money(value: float) -> Decimal:
    """Return an amount of the database as the decimal it stands for."""
    return Decimal(f"{value:.2f}")


def _where_the_money_is(import_) -> dict[str, str]:
    """Return what became of the money of a file; the parts add up to `read`."""
    amounts = {
        "read": import_.amount_read,
        "in_contracts": import_.amount_done,
        "waiting": import_.amount_waiting,
        "without_quantity": import_.amount_info,
        "ignored": import_.amount_ignored,
        "unaccounted": import_.amount_lost,
    }
    return {
        "file": import_.file_name,
        **{name: str(_money(amount)) for name, amount in amounts.items()},
    }


def _total(moves) -> Decimal:
    return sum((_money(move.amount_untaxed_signed) for move in moves), Decimal(0))


def _months(results: list[StepResult]) -> list[dict]:
    """Return the figures of each calendar month, in order."""
    months: dict[str, dict] = {}
    for result in results:
        key = f"{result.step.day:%Y-%m}"
        month = months.setdefault(
            key,
            {
                "month": key,
                "versions": 0,
                "invoices": 0,
                "credit_notes": 0,
                "net": "0.00",
            },
        )
        month["versions"] += result.versions
        month["invoices"] += result.invoices
        month["credit_notes"] += result.credit_notes
        month["net"] = str(Decimal(month["net"]) + result.net)
    return list(months.values())
