import os
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from itertools import combinations
from random import Random

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from ..billing import settle
from .common import ContractCommon, day

LAST = day(7)
# The same walks at each run; MSP_WALKS=200 takes so many, at random.
WALKS = int(os.environ.get("MSP_WALKS", "0"))
STEPS = 22
#: Months of a period, and the terms of the walk.
RHYTHMS = [
    (1, {}),
    (1, {"billing_timing": "arrears"}),
    (3, {"billing_every": 3}),
    (1, {"billing_day_count": "30/360", "billing_lead_days": 10}),
]


@tagged("post_install", "-at_install")
@freeze_time(LAST)
class TestLedgerWalk(ContractCommon):
    """Random edits, runs and documents: nothing is ever billed twice or lost."""

    def test_any_walk_ends_with_what_was_agreed(self):
        seeds = range(WALKS) if WALKS else range(len(RHYTHMS))
        for seed in seeds:
            number = Random().random() if WALKS else seed
            with (
                self.subTest(seed=number),
                self.env.cr.savepoint() as savepoint,
            ):
                self._walk(Random(number), *RHYTHMS[seed % len(RHYTHMS)])
                savepoint.rollback()

    def _walk(self, random, months, terms):
        self.random, self.months, self.log = random, months, []
        self.contract = self._contract(
            day(1, random.choice([1, 1, 10])),
            [(self.seats, 10, 12.50), (self.backup, 3, 9.99)],
            terms={"anchor_date": day(1), **terms},
            corrections_with_regular=random.random() < 0.3,
        )
        steps = [
            (self._edit, 5),
            (self._edit_for_some_days, 2),
            (self._withdraw, 2),
            (self._bill_regular, 5),
            (self._bill_difference, 4),
            (self._delete_draft, 2),
            (self._edit_draft, 1),
            (self._cancel_draft, 1),
            (self._reopen, 2),
            (self._post, 3),
            (self._credit, 4),
            (self._credit_part, 2),
            (self._modify, 1),
            (self._reset_credit_note, 2),
            (self._reverse_credit_note, 1),
        ]
        methods, weights = zip(*steps, strict=True)
        for _number in range(STEPS):
            step = random.choices(methods, weights)[0]
            try:
                with self.env.cr.savepoint():
                    step()
            except UserError as error:
                # Refused, so nothing may have happened.
                self.log.append(f"{step.__name__} refused: {error}")
                self.env.invalidate_all()
            self._check_step()
        self._finish()

    # What may happen

    def _day(self):
        return day(1) + timedelta(days=self.random.randrange((LAST - day(1)).days))

    def _vals(self):
        random = self.random
        position = random.choice(self.contract.position_ids)
        if random.random() < 0.15:
            return {"action": "end", "position_id": position.id}
        vals = {"action": "set", "position_id": position.id}
        choice = random.randrange(4)
        if choice == 0:
            vals.update(quantity_mode="set", quantity=random.randrange(15))
        elif choice == 1:
            vals.update(quantity_mode="move", quantity=random.choice([-2, 1, 3]))
        elif choice == 2:
            vals.update(sets_price=True, price_unit=random.randrange(2000) / 100)
        else:
            vals.update(sets_discount=True, discount=random.choice([0, 10, 33.3]))
        return vals

    def _edit(self):
        first = self._day()
        self.log.append(f"edit from {first}")
        self._version(self.contract, first, [self._vals()])

    def _edit_for_some_days(self):
        first = self._day()
        last = first + timedelta(days=self.random.randrange(40))
        self.log.append(f"edit from {first} to {last}")
        self._version(self.contract, first, [self._vals()], date_end=last)

    def _withdraw(self):
        versions = self.contract.version_ids.filtered(
            lambda version: version.state == "active" and version.number > 1
        )
        if versions:
            version = self.random.choice(versions)
            self.log.append(f"withdraw {version.number}")
            version._withdraw("walk")

    def _bill_regular(self):
        self._bill("regular")

    def _bill_difference(self):
        self._bill("differential")

    def _bill(self, kind, until=None, post=None):
        until = until or self._day()
        post = self.random.random() < 0.6 if post is None else post
        run = self._run(until, kind, self.contract, post=post)
        self.log.append(
            f"{kind} until {until}: {run.move_ids.mapped('amount_untaxed')}"
        )
        self.assertFalse(run.line_ids.filtered("error"), self.log)

    def _pick(self, state, *types):
        moves = self.contract.charge_ids.move_id | self.env["account.move"].search(
            [("reversed_entry_id", "in", self.contract.charge_ids.move_id.ids)]
        )
        moves = moves.sorted("id").filtered(
            lambda move: move.state == state and move.move_type in types
        )
        if not moves:
            return moves
        move = self.random.choice(moves)
        self.log.append(f"{state} {move.id}")
        return move

    def _delete_draft(self):
        self._pick("draft", "out_invoice", "out_refund").unlink()

    def _edit_draft(self):
        for line in self._pick("draft", "out_invoice").invoice_line_ids[:1]:
            line.price_unit = 1.23

    def _cancel_draft(self):
        if move := self._pick("draft", "out_invoice", "out_refund"):
            move.button_cancel()

    def _reopen(self):
        state = self.random.choice(["cancel", "posted"])
        if move := self._pick(state, "out_invoice"):
            move.button_draft()

    def _post(self):
        if move := self._pick("draft", "out_invoice", "out_refund"):
            move.action_post()

    def _credit(self, share=None, modify=False):
        invoice = self._pick("posted", "out_invoice")
        if not invoice:
            return
        mode = self.random.choice(["auto", "again", "final"])
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create(
                {
                    "journal_id": invoice.journal_id.id,
                    "date": LAST,
                    "msp_credit_mode": mode,
                }
            )
        )
        wizard.modify_moves() if modify else wizard.reverse_moves()
        self.log.append(f"credit {mode} {share} {modify}")
        if modify:
            return
        refund = wizard.new_move_ids
        if share:
            line = self.random.choice(refund.invoice_line_ids)
            line.price_unit = round(line.price_unit * share, 2)
        if self.random.random() < 0.8:
            refund.action_post()

    def _credit_part(self):
        self._credit(share=self.random.choice([0.1, 0.5]))

    def _modify(self):
        self._credit(modify=True)

    def _reset_credit_note(self):
        if move := self._pick("posted", "out_refund"):
            move.button_draft()

    def _reverse_credit_note(self):
        if move := self._pick("posted", "out_refund"):
            reversal = move._reverse_moves([{"date": LAST, "invoice_date": LAST}])
            if self.random.random() < 0.8:
                reversal.action_post()

    # What must hold

    def _check_step(self):
        """Nothing counts twice, and the marks hide nothing."""
        self.env.flush_all()
        counting = self.contract.charge_ids.filtered("counts")
        regular = counting.filtered(lambda charge: charge.kind == "regular")
        for one, other in combinations(regular, 2):
            overlaps = (
                one.position_id == other.position_id
                and one.date_start <= other.date_end
                and other.date_start <= one.date_end
            )
            self.assertFalse(overlaps, self.log)
        lines = counting.move_line_id
        self.assertEqual(len(lines), len(counting), self.log)
        self.assertNotIn("cancel", lines.mapped("parent_state"), self.log)
        for until in (self._day(), LAST):
            for kind in ("regular", "differential"):
                marked = self.contract._settle(until, kind)[self.contract.id]
                in_full = self.contract._settle(until, kind, in_full=True)
                self.assertEqual(
                    [c for c in marked if self.contract._is_taken(c, kind)],
                    [
                        c
                        for c in in_full[self.contract.id]
                        if self.contract._is_taken(c, kind)
                    ],
                    self.log,
                )

    def _finish(self):
        """Run both kinds; what counts is then what the history entitles to."""
        drafts = self.env["account.move"].search(
            [
                ("reversed_entry_id", "in", self.contract.charge_ids.move_id.ids),
                ("state", "=", "draft"),
            ]
        )
        drafts.unlink()
        for kind in ("regular", "differential"):
            self._bill(kind, until=LAST, post=True)
            self._check_step()
        self.assertSettled(self.contract, LAST)
        self.contract._lock_ledger()
        self.assertTrue(self.contract._mark_settled(LAST), self.log)
        history = self.contract._load_histories()[self.contract.id]
        entitled = defaultdict(Decimal)
        for charge in settle(history, [], LAST, 2):
            entitled[charge.position, self._period(charge.start)] += charge.amount
        claimed = defaultdict(Decimal)
        for charge in self.contract.charge_ids.filtered("counts"):
            key = charge.position_id.id, self._period(charge.date_start)
            claimed[key] += Decimal(str(charge.amount))
        self.assertEqual(_without_zeros(claimed), _without_zeros(entitled), self.log)

    def _period(self, first):
        """Return the number of the natural period that holds a day."""
        return (first.year * 12 + first.month - 1) // self.months


def _without_zeros(amounts):
    return {key: amount for key, amount in amounts.items() if amount}
