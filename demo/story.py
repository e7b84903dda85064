"""Plays the scenario in Odoo, each step as the person whose work it is.

Nothing is written past the models: orders are confirmed, files imported, runs made
and contracts amended by the methods behind the buttons. All days are given, so the
story is the same whenever it is played.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from freezegun import freeze_time

from odoo import Command

from . import april, proof
from . import company as setup
from .desks import leave_open
from .files import write_files
from .generator import build
from .report import StepResult, print_logins, print_story
from .scenario import Entry, PriceEntry, Quote, Scenario, SeatChange, Step
from .summary import money, summarise

__all__ = ["Story", "main", "print_logins"]

# Messages of the chatter stay, mails to colleagues who do not exist do not.
_CONTEXT = {"mail_auto_subscribe_no_notify": True, "mail_notify_force_send": False}


def main(env, out_dir: Path, locale: str = "en") -> dict:
    """Play the demo, print its story and return its figures, ready for JSON.

    The caller commits. The files are written into `out_dir`.

    :param locale: one of `places.PLACES`; its chart of accounts and language must
        be there
    """
    # Connectors can be imported only once Odoo knows where its addons are.
    from . import nights

    story = Story(env, build(locale), Path(out_dir))
    results = story.play()
    summary = summarise(story.env, story.company, results, story.files)
    summary["proof"] = proof.play(story)
    summary["april"] = april.play(story)
    summary["left_open"] = leave_open(story)
    summary["nights"] = nights.play(story)
    print_story(summary, results)
    return summary


class Story:
    """The scenario in a database; `play` does it all."""

    def __init__(self, env, scenario: Scenario, out_dir: Path):
        self.scenario = scenario
        self.files = write_files(scenario, out_dir)
        self.company = setup.set_up(env, scenario)
        self.env = env(
            context={**env.context, **_CONTEXT, "allowed_company_ids": self.company.ids}
        )
        language = scenario.place.language
        self.users = setup.create_users(self.env, self.company, language)
        self.products = setup.create_products(self.env)
        self.customers = setup.create_customers(self.env, scenario, self.users["anna"])
        self.providers = setup.create_vendors(self.env, scenario)
        #: by the customer's number, once the quote is confirmed
        self.orders: dict = {}
        #: by the first day of the month the files are about
        self.imports: dict = {}

    def acting_as(self, login: str, model: str):
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
            "bill": self._bill,
            "reconcile": self._reconcile,
        }
        return [actions[step.action](step) for step in self.scenario.calendar]

    # Steps of the calendar

    def _confirm(self, step: Step) -> StepResult:
        """Anna makes the quotes and confirms them."""
        quotes = self.scenario.confirmed_by(step)
        orders = self.acting_as("anna", "sale.order").create(
            [self._prepare_order(quote) for quote in quotes]
        )
        orders.action_confirm()
        for order, quote in zip(orders, quotes, strict=True):
            # Confirming dates an order today.
            order.date_order = quote.ordered
            self.orders[quote.customer.number] = order
        who = f"{len(quotes)} customers" if quotes[1:] else quotes[0].customer.name
        text = f"Confirmed: quotes of {who}"
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
        wizard = self.acting_as("anna", "sale.advance.payment.inv").with_context(
            active_model="sale.order", active_ids=orders
        )
        wizard.create({"advance_payment_method": "delivered"}).create_invoices()
        found = self.acting_as("anna", "sale.order").browse(orders).invoice_ids
        moves = found.with_user(self.users["bernd"])
        moves.invoice_date = step.day
        moves.action_post()
        return StepResult(step, "Set-up fees invoiced from the orders", moves=moves)

    def _run(self, step: Step) -> StepResult:
        """Bernd makes a billing run, step by step as on its form."""
        run = self.acting_as("bernd", "msp.billing.run").create(
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
        """Bernd takes the files of a month through their four steps."""
        assert step.month is not None
        imports = self.acting_as("bernd", "msp.import")
        for file in self.files:
            if file.month == step.month:
                provider = self.providers[file.provider].with_env(imports.env)
                imports |= imports.import_file(
                    provider, file.path.name, file.path.read_bytes()
                )
        # The first file of a provider whose columns nobody has confirmed yet: what
        # is suggested fits.
        for profile in imports.filtered(lambda one: one.state == "columns").profile_id:
            profile.action_confirm()
        imports.action_assign()
        imports.action_accept_suggestions()
        # One product stands for an article whatever its term; that is looked at.
        imports.product_mapping_ids.action_accept()
        imports.action_prepare()
        self._leave_out(imports, step.month)
        imports.action_apply()
        for one in imports:
            is_lost = bool(money(one.amount_lost))
            if one.state != "applied" or one.failed_count or one.is_running or is_lost:
                raise RuntimeError(f"{one.name} was not applied in full.")
        self.imports[step.month] = imports
        rows = sum(one.row_count for one in imports)
        text = f"{len(imports)} files of {step.month:%B} imported: {rows} rows"
        versions = len(imports.version_ids)
        return StepResult(step, text, imported=imports, versions=versions)

    def _leave_out(self, imports, month: date) -> None:
        """Bernd leaves out what a customer disputes, and means to ask Anna.

        Later files repeat the seats, and he leaves them out again.
        """
        for event in self.scenario.events:
            if not isinstance(event, SeatChange) or not event.is_left_out:
                continue
            if event.day.replace(day=1) > month:
                continue
            changes = imports.change_ids.filtered(
                lambda change, event=event: (
                    change.state == "proposed"
                    and change.subscription_id == event.subscription.id
                    and change.date_start >= event.day
                )
            )
            changes.action_exclude()
            changes.import_id.message_post(
                body=f"{event.subscription.customer.name} disputes "
                f"{event.new - event.old} seats, ask Anna."
            )

    def _bill(self, step: Step) -> StepResult:
        """Clara makes vendor bills of the month's imports, dates and posts them."""
        assert step.month is not None
        imports = self.imports[step.month].with_env(
            self.acting_as("clara", "msp.import").env
        )
        imports.action_create_bill()
        bills = imports.bill_ids
        bills.invoice_date = step.day
        bills.action_post()
        return StepResult(step, f"Vendor bills of {step.month:%B} posted", bills=bills)

    def _reconcile(self, step: Step) -> StepResult:
        """Clara compares the month of each provider with contracts and invoices."""
        model = self.acting_as("clara", "msp.reconciliation")
        for provider in self.providers.values():
            model |= model._open(provider.with_env(model.env), step.month)
        # What is due by the day of the comparison should be on invoices.
        with freeze_time(step.day):
            model.action_compare()
        return StepResult(
            step,
            f"Reconciliation of {step.month:%B}",
            findings=model.finding_ids,
        )

    def _enter(self, step: Step) -> StepResult:
        """Anna enters a new price in time, and what she should have entered before."""
        entries = [e for e in self.scenario.entries if e.entered == step.day]
        for entry in entries:
            self._amend(entry)
        when = "in time" if _is_early(entries[0]) else "late"
        whats = (
            f"{'a price' if isinstance(entry, PriceEntry) else 'seats'} "
            f"from {entry.day:%-d %b}"
            for entry in entries
        )
        text = f"Entered {when}: {', '.join(whats)}"
        return StepResult(step, text, versions=len(entries))

    def _amend(self, entry: Entry) -> None:
        order = self.orders[entry.customer.number]
        amend = self.acting_as("anna", "msp.contract.amend").create(
            {
                "contract_id": order.msp_version_id.contract_id.id,
                "date_start": entry.day,
                "cause": "price" if _is_early(entry) else "correction",
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


def _is_early(entry: Entry) -> bool:
    return entry.day > entry.entered
