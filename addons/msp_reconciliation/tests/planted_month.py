"""A planted month in Odoo: what the plan says, done by files, versions and runs."""

from collections import Counter
from decimal import Decimal

from odoo import Command

from odoo.addons.msp_cloud_import.tests.common import microsoft_csv, row
from odoo.addons.msp_cloud_import.tests.usage_common import daily_csv, used

from .planted import BEFORE, END, MONTH, Planted
from .planted_contracts import PlantedContracts
from .planted_plan import make_plan
from .planted_rows import INVOICES, invoiced_row, used_row

#: What is rated anew stands on an invoice of its own.
ANEW = "G03B"
TABLES = (
    "account_move",
    "account_move_line",
    "account_partial_reconcile",
    "msp_charge",
    "msp_contract",
    "msp_contract_line",
    "msp_contract_position",
    "msp_customer_mapping",
    "msp_dated_amount",
    "msp_import_change",
    "msp_import_change_row_rel",
    "msp_position_mapping",
    "msp_product_mapping",
    "msp_provider_charge",
    "msp_usage_row",
    "res_partner",
)


class PlantedMonth(PlantedContracts):
    """Customers, contracts, two months of files and invoices of a plan."""

    @classmethod
    def _plant(cls, **sizes):
        """Make all that a plan of these sizes says, see `make_plan`."""
        cls.plan = make_plan(cls.currency.name, **sizes)
        cls._make_currencies()
        cls._make_articles()
        cls._make_customers()
        cls._make_contracts()
        cls._take_february()
        cls._take_march()
        cls._bill_differences()
        cls.env.flush_all()

    # What happens

    @classmethod
    def _take_february(cls):
        rows = [row for one in cls.plan.seats for row in one.before]
        cls._take_invoice(rows, "february.csv")
        cls._take_usage("february-usage.csv", BEFORE, "before")
        cls._run_all(cls.seat_contracts, MONTH)
        cls._run_all(cls.usage_contracts, MONTH)

    @classmethod
    def _take_march(cls):
        plan = cls.plan
        rows = [*plan.strange, *(row for one in plan.seats for row in one.rows)]
        rows += [invoiced_row(one, plan.home) for one in plan.usages]
        left_out = {one.subscription for one in plan.seats if one.is_left_out}
        cls._take_invoice(rows, "march.csv", left_out)
        cls._take_usage("march-usage.csv", MONTH, "rows")
        anew = [one for one in plan.usages if one.again]
        billed = cls._get_contracts(one for one in plan.usages if one.is_billed)
        cls._run_all(billed, END)
        if anew:
            cls._take_usage("march-usage-anew.csv", MONTH, "again")

    @classmethod
    def _bill_differences(cls):
        in_time, too_late = {}, {}
        for one in cls.plan.seats:
            for changes, agreed in (
                (in_time, one.reprices),
                (too_late, one.reprices_late),
            ):
                if agreed:
                    day, price = agreed
                    vals = {"action": "set", "sets_price": True, "price_unit": price}
                    cls._note_change(changes, one, day, vals)
            if one.ends:
                cls._note_change(in_time, one, one.ends, {"action": "end"})
        cls._change_contracts(in_time)
        cls._run_all(cls.seat_contracts, MONTH, "differential")
        cls._change_contracts(too_late)

    @classmethod
    def _note_change(cls, changes, one, day, vals):
        position = cls.positions[id(one)]
        key = position.contract_id, day
        changes.setdefault(key, []).append({**vals, "position_id": position.id})

    @classmethod
    def _take_invoice(cls, rows, name, left_out=()):
        content = microsoft_csv(*(row(**cells) for cells in rows))
        cls._take(content, name, left_out)

    @classmethod
    def _take_usage(cls, name, month, which):
        rows = [
            used_row(
                usage, one, ANEW if usage.again else INVOICES[month], cls.plan.home
            )
            for usage in cls.plan.usages
            for one in getattr(usage, which)
        ]
        cls._take(daily_csv(*(used(**cells) for cells in rows)), name)

    @classmethod
    def _take(cls, content, name, left_out=()):
        """Import a file and apply it, but for what the clerk leaves out."""
        import_ = cls.env["msp.import"].with_user(cls.clerk)
        import_ = import_.import_file(cls.provider.id, name, content)
        cls._analyze()
        import_.action_assign()
        import_.action_prepare()
        cls._analyze()
        import_.change_ids.filtered(
            lambda one: (
                one.subscription_id in left_out and one.state in ("proposed", "waiting")
            )
        ).action_exclude()
        import_.action_apply()
        while import_.is_running:
            import_._continue()

    @classmethod
    def _analyze(cls):
        """Count rows, as the database does by itself once they are committed."""
        cls.env.flush_all()
        cls.env.cr.execute(f"ANALYZE {', '.join(TABLES)}")

    @classmethod
    def _run_all(cls, contracts, until, kind="regular"):
        """Bill contracts, however many there are."""
        if not contracts:
            return
        run = cls.env["msp.billing.run"].create(
            {
                "kind": kind,
                "date_until": until,
                "invoice_date": until,
                "company_id": cls.company.id,
                "contract_ids": [Command.set(contracts.ids)],
            }
        )
        run.action_preview()
        run.action_create_invoices()
        while run.state == "running":
            run._take_next()
            cls._analyze()

    # What is found

    def _get_found(self, one):
        """Return what was found as `Planted`, what is below tolerance left out."""
        return [
            Planted(
                each.cause,
                each.customer_label or "",
                _get_subject(each),
                Decimal(f"{each.amount:.{each.currency_id.decimal_places}f}"),
                each.currency_id.name,
            )
            for each in one.finding_ids
            if each.state == "open"
        ]

    def _hold_against_plan(self, found):
        """Return (what was found and planted, not found, not planted).

        Cause, customer, subject and money are the same to the cent, or it is not
        what was planted.
        """
        planted, found = Counter(self.plan.errors), Counter(found)
        both = planted & found
        return (
            list(both.elements()),
            sorted((planted - found).elements(), key=str),
            sorted((found - planted).elements(), key=str),
        )


def _get_subject(finding):
    """Return what a finding is about, beside its customer."""
    label = finding.subscription_label or finding.article_label or ""
    # A row that could not be read names its import first, which the plan has not.
    return label.rpartition(", ")[2] if finding.cause == "unreadable" else label
