from collections import Counter, defaultdict

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL

BUCKETS = ("due", "billed", "taken_back", "waiting", "hold", "blocked", "failed")
#: Line states whose charges are in a bucket of their own.
BUCKET_OF_STATE = {
    "due": "due",
    "blocked": "blocked",
    "failed": "failed",
    "excluded": "excluded",
}


class MspBillingRun(models.Model):
    """Totals, and the equation that shows that nothing due is lost.

    Positions with something due = to bill + billed + taken back + waiting + on hold
    + left out + blocked + failed. What is billed is asked from the ledger, not from
    what the run says of itself; so the rest is 0 only if it is true.
    """

    _inherit = "msp.billing.run"

    line_count = fields.Integer(compute="_compute_totals")
    due_count = fields.Integer(compute="_compute_totals")
    done_count = fields.Integer(compute="_compute_totals")
    failed_count = fields.Integer(compute="_compute_totals")
    held_count = fields.Integer(compute="_compute_totals")
    blocked_count = fields.Integer(compute="_compute_totals")
    outlier_count = fields.Integer(compute="_compute_totals")
    exception_count = fields.Integer(compute="_compute_totals")
    move_count = fields.Integer(compute="_compute_totals")
    amount_due = fields.Monetary(
        "Due",
        compute="_compute_totals",
        help="Sum of the preview, as the contracts' prices are: untaxed, or with tax "
        "where the product's prices include it.",
    )
    amount_billed = fields.Monetary("Billed (untaxed)", compute="_compute_totals")
    equation = fields.Html(compute="_compute_equation", sanitize=False)
    equation_rest = fields.Integer(
        compute="_compute_equation",
        help="Positions with something due of which the run cannot say what became.",
    )

    @api.depends(
        "line_ids.state",
        "line_ids.amount_company",
        "exception_ids",
        "move_ids.amount_untaxed_signed",
        "move_ids.state",
    )
    def _compute_totals(self):
        # One query per table, as the list shows many runs.
        of_runs = [("run_id", "in", self.ids)]
        lines = _by_run(
            self.env["msp.billing.run.line"]._read_group(
                of_runs,
                ["run_id", "state", "is_outlier"],
                ["__count", "amount_company:sum"],
            )
        )
        exceptions = _by_run(
            self.env["msp.billing.run.exception"]._read_group(
                of_runs, ["run_id"], ["__count"]
            )
        )
        moves = _by_run(
            self.env["account.move"]._read_group(
                [("msp_run_id", "in", self.ids)],
                ["msp_run_id", "state"],
                ["__count", "amount_untaxed_signed:sum"],
            )
        )
        for run in self:
            counts, outliers, due = Counter(), 0, 0.0
            for state, is_outlier, count, amount in lines[run._origin]:
                counts[state] += count
                outliers += count if is_outlier else 0
                due += amount
            run.line_count = counts.total()
            run.due_count = counts["due"]
            run.done_count = counts["done"]
            run.failed_count = counts["failed"]
            run.held_count = counts["held"]
            run.blocked_count = counts["blocked"]
            run.outlier_count = outliers
            run.amount_due = due
            run.exception_count = sum(count for (count,) in exceptions[run._origin])
            run.move_count = sum(count for _state, count, _sum in moves[run._origin])
            run.amount_billed = sum(
                amount
                for state, _count, amount in moves[run._origin]
                if state != "cancel"
            )

    @api.depends("line_ids.state", "move_ids.state")
    def _compute_equation(self):
        for run in self:
            parts = run._equation_parts()
            run.equation_rest = parts["rest"][0]
            run.equation = run._format_equation(parts)

    def _equation_parts(self):
        """Return {bucket: (positions, amount in company currency)}.

        ``total`` is what was found due, ``rest`` what no bucket explains.
        """
        self.ensure_one()
        parts = dict.fromkeys((*BUCKETS, "excluded", "total", "rest"), (0, 0.0))

        def add(bucket, count, amount):
            old = parts[bucket]
            parts[bucket] = old[0] + count, old[1] + amount

        if not self.ids:
            return parts
        for state, *sums in self.env["msp.billing.run.line"]._read_group(
            [("run_id", "=", self.id)],
            ["state"],
            [
                "position_count:sum",
                "amount_company:sum",
                "hold_count:sum",
                "hold_amount:sum",
                "wait_count:sum",
                "wait_amount:sum",
            ],
        ):
            count, amount, held, held_amount, waiting, waiting_amount = sums
            add("hold", held, held_amount)
            add("waiting", waiting, waiting_amount)
            add("total", count + held + waiting, amount + held_amount + waiting_amount)
            if state in BUCKET_OF_STATE:
                add(BUCKET_OF_STATE[state], count, amount)
        billed, gone, billed_amount, gone_amount = self._sum_ledger()
        add("billed", billed, billed_amount)
        add("taken_back", gone, gone_amount)
        explained = [parts[bucket] for bucket in (*BUCKETS, "excluded")]
        total = parts["total"]
        add(
            "rest",
            total[0] - sum(count for count, _amount in explained),
            self.currency_id.round(total[1] - sum(amount for _c, amount in explained)),
        )
        return parts

    def _sum_ledger(self):
        """Return what the ledger says of the charges that invoiced lines have made.

        Amounts are converted as those of their line were, whatever the rate is now.

        :return: positions that count, positions none of whose charges counts any
            more, and the amounts that count and that do not, in company currency
        """
        self.env["msp.charge"].flush_model()
        self.env["msp.billing.run.line"].flush_model()
        self.env.cr.execute(
            SQL(
                # The rate of a line that bills nothing on balance is not known.
                "SELECT CASE WHEN rate IS NULL THEN currency_id END, "
                "count(*) FILTER (WHERE counts), count(*) FILTER (WHERE NOT counts), "
                "sum(kept * coalesce(rate, 1)), sum(gone * coalesce(rate, 1)) FROM ("
                " SELECT line.currency_id,"
                " line.amount_company / nullif(line.amount, 0) AS rate,"
                " bool_or(charge.counts) AS counts,"
                " coalesce(sum(charge.amount) FILTER (WHERE charge.counts), 0) AS kept,"
                " coalesce(sum(charge.amount) FILTER (WHERE NOT charge.counts), 0)"
                "  AS gone"
                " FROM (SELECT contract_id, position_id, amount,"
                "  coalesce(counts, FALSE) AS counts"
                "  FROM msp_charge WHERE run_id = %(run)s) AS charge"
                " JOIN msp_billing_run_line line ON line.run_id = %(run)s"
                "  AND line.state = 'done' AND line.contract_id = charge.contract_id"
                " GROUP BY line.id, charge.position_id) AS position "
                "GROUP BY 1",
                run=self.id,
            )
        )
        sums, rates = [0, 0, 0.0, 0.0], {}
        for currency_id, kept, gone, kept_amount, gone_amount in self.env.cr.fetchall():
            currency = self.env["res.currency"].browse(currency_id)
            rate = self._rate_of(currency, rates) if currency else 1.0
            sums[0] += kept
            sums[1] += gone
            sums[2] += float(kept_amount) * rate
            sums[3] += float(gone_amount) * rate
        return sums

    def _format_equation(self, parts):
        """Return the equation as a table."""
        labels = {
            "total": self.env._("With something due"),
            "due": self.env._("to bill"),
            "billed": self.env._("billed"),
            "taken_back": self.env._("billed and taken back since"),
            "waiting": self.env._("waiting"),
            "hold": self.env._("on hold"),
            "excluded": self.env._("left out by hand"),
            "blocked": self.env._("blocked by exceptions"),
            "failed": self.env._("failed"),
            "rest": self.env._("Unexplained rest"),
        }
        always = ("total", "rest", "billed" if parts["billed"][0] else "due")
        shown = [key for key in labels if any(parts[key]) or key in always]
        signs = dict.fromkeys(shown[1:-1], "+ ")
        signs[shown[1]] = "= "
        rows = [
            (signs.get(bucket, "") + labels[bucket], *parts[bucket], bucket)
            for bucket in shown
        ]
        body = Markup().join(
            Markup(
                '<tr class="%s"><td>%s</td><td class="text-end">%s</td>'
                '<td class="text-end text-nowrap">%s</td></tr>'
            )
            % (
                self._equation_class(bucket, count, amount),
                label,
                count,
                self.currency_id.format(amount) if self.currency_id else amount,
            )
            for label, count, amount, bucket in rows
        )
        return Markup(
            '<table class="table table-sm o_msp_equation"><thead><tr><th></th>'
            '<th class="text-end">%s</th><th class="text-end">%s</th></tr></thead>'
            "<tbody>%s</tbody></table>"
        ) % (self.env._("Positions"), self.env._("Amount"), body)

    def _equation_class(self, bucket, count, amount):
        if bucket == "rest" and (count or amount):
            return "table-danger fw-bold"
        return "fw-bold" if bucket in ("total", "rest") else ""


def _by_run(groups):
    """Return {run: what `_read_group` says of it} of groups that begin with the run."""
    result = defaultdict(list)
    for run, *values in groups:
        result[run].append(values)
    return result
