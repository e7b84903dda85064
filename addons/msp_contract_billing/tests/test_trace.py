from unittest.mock import patch

from odoo.tests import freeze_time, tagged

from ..wizard.msp_trace_node import Node
from .common import day
from .pricing_common import PricingCommon
from .trace_common import TraceMixin


@freeze_time("2026-03-10 10:00:00")
@tagged("post_install", "-at_install")
class TestTrace(TraceMixin, PricingCommon):
    """The chain source, version, charge, invoice line, journal item, both ways."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract, cls.order = cls._confirm(
            (cls.seats, 10), msp_date_start=day(1), client_order_ref="PO 4711"
        )
        cls.position = cls.contract.position_ids
        cls.version = cls.contract.version_ids
        cls.invoice = cls._run(day(1), contracts=cls.contract).move_ids
        cls.line = cls.invoice.invoice_line_ids
        cls.charge = cls.contract.charge_ids

    def _charge_of(self, move):
        return move.invoice_line_ids.msp_charge_ids

    def _credit(self, mode="auto", price=None):
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=self.invoice.ids)
            .create(
                {
                    "journal_id": self.invoice.journal_id.id,
                    "date": day(2),
                    "msp_credit_mode": mode,
                }
            )
        )
        wizard.reverse_moves()
        if price:
            wizard.new_move_ids.invoice_line_ids.price_unit = price
        wizard.new_move_ids.action_post()
        return wizard.new_move_ids

    def test_pitfall_122_line_leads_to_its_cause_and_to_what_is_booked(self):
        account = self.line.account_id
        tax = self.invoice.line_ids.filtered("tax_line_id").account_id
        summary = "Monthly, in advance; Business Premium: quantity 10, price $12.50"
        self.assertEqual(
            self._outline(self.line),
            [
                (0, "Invoice line", f"{self.invoice.name}: Business Premium"),
                (1, "Charge", "Business Premium, 01/01/2026 – 01/31/2026"),
                (
                    2,
                    "Rests on",
                    f"{self.version.display_name} from 01/01/2026: {summary}",
                ),
                (3, "Caused by order", self.order.name),
                (4, "Order line", "Business Premium"),
                (2, "Made by run", self.charge.run_id.name),
                (1, "Booked as", f"{account.code} {account.name}"),
                (1, "Tax", f"{tax.code} {tax.name}"),
            ],
        )
        charge = self._find(self.line, "Charge")
        self.assertEqual(
            charge.details,
            [
                "Regular, settlement 1: counts",
                "10 Units × $12.50, 31 of 31 days = $125.00",
                "Tax: 15%",
            ],
        )
        self.assertEqual((charge.amount, charge.record), (125.00, self.charge))
        order = self._find(self.line, "Caused by order")
        self.assertIn("Customer's reference: PO 4711", order.details)
        self.assertEqual(order.record, self.order)
        self.assertEqual(self._find(self.line, "Booked as").details, ["Credit $125.00"])
        version = self._find(self.line, "Rests on")
        self.assertEqual(version.details[0], f"Sales order: Order {self.order.name}")
        self.assertIn("Recorded by", version.details[1])

    def test_pitfall_122_version_leads_to_what_was_billed_for_it(self):
        labels = [(level, label) for level, label, _ in self._outline(self.version)]
        self.assertEqual(
            labels,
            [
                (0, "Version"),
                (1, "Caused by order"),
                (2, "Order line"),
                (1, "Charge that rests on it"),
                (2, "Stands on"),
                (3, "Booked as"),
                (3, "Tax"),
                (2, "Made by run"),
            ],
        )
        self.assertEqual(
            self._find(self.version, "Stands on").record, self.line.move_id
        )
        later = self._set(self.position, day(5), quantity=12)
        nothing = self._find(later, "Charge that rests on it")
        self.assertEqual(nothing.title, "None: nothing of it is billed yet.")

    def test_credit_leads_to_the_version_that_leaves_nothing(self):
        suspend = {"action": "suspend", "billed_share": 0.0}
        changes = {"suspended": [suspend], "ended": [{"action": "terminate"}]}
        for first, (title, change) in zip((20, 10), changes.items(), strict=True):
            with self.subTest(title):
                version = self._version(self.contract, day(1, first), change)
                credit = self._run(day(1, 31), "differential", self.contract).move_ids
                new = self._find(
                    self._charge_of(credit), "Rests on, new since its claims"
                )
                self.assertIn(version.display_name, new.title)
                found = self._all(version, "Charge that rests on it")
                self.assertEqual(
                    [one.record for one in found], [self._charge_of(credit)]
                )

    def test_charge_shows_both_directions(self):
        labels = [(level, label) for level, label, _ in self._outline(self.charge)]
        self.assertEqual(
            [label for level, label in labels if level == 1],
            ["Rests on", "Stands on", "Made by run"],
        )

    def test_document_shows_what_is_booked_as_a_whole(self):
        whole = self._find(self.invoice, "Booked as a whole")
        self.assertEqual(whole.details, ["Debit $143.75"])
        self.assertEqual(self._find(self.invoice, "Tax").details[0], "15%")
        self.invoice.button_draft()
        self.assertEqual(
            self._find(self.invoice, "Booked as").details,
            ["Credit $125.00, once posted"],
        )

    def test_correction_shows_what_it_was_compared_with_and_why(self):
        new = self._set(self.position, day(1, 15), quantity=12, reason="Two colleagues")
        move = self._run(day(1), "differential", self.contract).move_ids
        line = move.invoice_line_ids
        self.assertEqual(
            self._find(line, "Charge").details[1:-1],
            [
                "Right for these days is:",
                "01/01/2026 – 01/14/2026: 10 Units × $12.50",
                "01/15/2026 – 01/31/2026: 12 Units × $12.50",
                "Claimed before $125.00, this charge $13.71, together $138.71",
            ],
        )
        self.assertEqual(self._find(line, "Rests on").record, self.version)
        cause = self._find(line, "Rests on, new since its claims")
        self.assertEqual(cause.record, new)
        self.assertEqual(cause.details[0], "Customer's request: Two colleagues")
        compared = self._find(line, "Compared with")
        self.assertEqual((compared.record, compared.amount), (self.charge, 125.00))
        self.assertTrue(compared.title.endswith(self.invoice.name))
        later = self._find(self.line, "Corrected by")
        self.assertEqual(later.record, self._charge_of(move))

    def test_withdrawn_version_shows_who_and_why(self):
        wrong = self._set(self.position, day(1, 15), quantity=12)
        self._run(day(1), "differential", self.contract)
        wrong._withdraw("typing error")
        credit = self._run(day(1), "differential", self.contract).move_ids
        cause = self._find(credit.invoice_line_ids, "Its claims rested on")
        self.assertEqual(cause.record, wrong)
        self.assertIn("typing error", cause.details[-1])
        self.assertIn("Withdrawn by", cause.details[-1])
        self.assertEqual(credit.move_type, "out_refund")
        self.assertEqual(
            self._find(credit.invoice_line_ids, "Invoice line").amount, -13.71
        )

    def test_credit_note_takes_back_and_claim_tells_of_it(self):
        note = self._credit()
        charge = self._find(note.invoice_line_ids, "Charge")
        self.assertEqual(charge.details[1], "Takes back $125.00 of $125.00")
        taken = self._find(note.invoice_line_ids, "Takes back")
        self.assertEqual(taken.record, self.charge)
        self.assertEqual([node.label for node in taken.children], ["Rests on"])
        details = self._find(note, "Invoice line").details
        self.assertIn(f"Credits a line of {self.invoice.name}", details)
        counter = self._find(self.line, "Taken back by")
        self.assertTrue(counter.title.endswith(note.name))
        self.assertEqual(
            self._find(self.line, "Charge").details[0],
            "Regular, settlement 1: taken back in full, so its days may be billed again",
        )

    def test_goodwill_is_named(self):
        self._credit(price=2.00)
        self.assertEqual(
            self._find(self.line, "Taken back by").details,
            ["Credit note, settlement 2: goodwill, which is not billed again"],
        )

    def test_released_charge_tells_why(self):
        draft = self._run(day(2), contracts=self.contract, post=False).move_ids
        charge = self._charge_of(draft)
        draft.unlink()
        (node,) = self.env["msp.trace"]._trace(charge)
        self.assertIn("does not count (Line deleted from", node.details[0])
        self.assertNotIn("Stands on", [child.label for child in node.children])

    def test_price_of_a_line_is_shown_with_six_digits(self):
        contract = self._contract(day(1), [(self.seats, 33, 27.48, 5)])
        line = self._run(day(1), contracts=contract).move_ids.invoice_line_ids
        details = self._find(line, "Invoice line").details
        self.assertEqual(details[-1], "33 × $26.106061; net $861.50, tax $129.23")
        self.assertIn(
            "33 Units × $27.48 less 5 %, 31 of 31 days = $861.50",
            self._find(line, "Charge").details,
        )

    def test_edited_line_shows_its_deviation(self):
        self.invoice.button_draft()
        self.line.price_unit = 12.00
        details = self._find(self.line, "Invoice line").details
        self.assertIn("Edited: differs from its charges by $-5.00", details)

    def test_line_without_charge_says_so(self):
        self.invoice.button_draft()
        self.invoice.invoice_line_ids = [
            (0, 0, {"product_id": self.work.id, "quantity": 1, "price_unit": 100})
        ]
        added = self._all(self.invoice, "Invoice line")[1]
        self.assertIn("Carries no charge of a contract.", added.details)

    def test_parts_of_a_period_say_what_was_rounded(self):
        contract = self._contract(day(4), [(self.seats, 1, 10.00)])
        for number, quantity in ((11, 4), (21, 1)):
            self._set(contract.position_ids, day(4, number), quantity=quantity)
        self._run(day(4), contracts=contract)
        charges = contract.charge_ids.sorted("date_start")
        details = [self._find(charge, "Charge").details[1:-1] for charge in charges]
        rounded = "By itself %s; rounded so that all parts of the period add up"
        self.assertEqual(
            details,
            [
                ["1 Units × $10.00, 10 of 30 days = $3.34", rounded % "$3.33"],
                ["4 Units × $10.00, 10 of 30 days = $13.33"],
                ["1 Units × $10.00, 10 of 30 days = $3.33"],
            ],
        )
        self.assertEqual(sum(charges.mapped("amount")), 20.00)

    def test_price_scheme_shows_its_steps(self):
        storage = self._product("Storage", 1.00)
        contract = self._contract(day(1), [(self.backup, 1, 30.00)])
        position = self._begin(
            contract, day(1), storage, 25, pricing=self._graduated()._to_data()
        )
        self._run(day(1), contracts=contract)
        details = self._find(position.charge_ids, "Charge").details
        self.assertIn("For a whole period: 10 × $10.00, 15 × $8.00", details)
        self.assertIn("25 Units × $8.80, 31 of 31 days = $220.00", details)

    def test_one_off_charge_leads_to_its_invoice_and_back(self):
        one_off = self.env["msp.one.off"].create(
            {
                "contract_id": self.contract.id,
                "product_id": self.work.id,
                "date": day(1),
                "reason": "Two desks",
            }
        )
        self.assertEqual(self._find(one_off, "Billed as").title, "Not billed yet.")
        move = self._run(day(1), contracts=self.contract).move_ids
        cause = self._find(move.invoice_line_ids, "Caused by one-off charge")
        self.assertEqual((cause.record, cause.amount), (one_off, 100.00))
        self.assertIn("Reason: Two desks", cause.details)
        self.assertEqual(self._find(one_off, "Stands on").record, move)

    def test_opening_claim_names_the_earlier_invoice(self):
        contract = self._contract(day(1), [(self.seats, 10, 12.50)])
        claim = self.env["msp.charge"]._enter_opening(
            [
                {
                    "position": contract.position_ids,
                    "start": day(1),
                    "end": day(1, 31),
                    "amount": 100,
                    "reference": "RE-17",
                }
            ]
        )
        details = self._find(claim, "Charge").details
        self.assertIn("Billed before this system by RE-17", details)
        move = self._run(day(1), "differential", contract).move_ids
        compared = self._find(move.invoice_line_ids, "Compared with")
        self.assertTrue(compared.title.endswith("RE-17"))
        # A claim of another system rests on no version, so none is newer.
        self.assertTrue(self._find(move.invoice_line_ids, "Rests on").record)

    def test_amounts_from_outside_come_from_a_hook(self):
        self.charge._system_write(
            {"basis": [["2026-01-01", "2026-02-01", "1", "9", "0", None, ["a", "b"]]]}
        )
        known = Node("source", "Meter reading", "Printer 7")
        with patch.object(
            type(self.env["msp.trace"]), "_trace_amounts", return_value={"a": known}
        ):
            labels = [(label, title) for _, label, title in self._outline(self.charge)]
        self.assertIn(("Meter reading", "Printer 7"), labels)
        self.assertIn(("Amount from outside", "b"), labels)

    def _count_queries(self, records):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.assertGreater(len(self._walk(records)), 5 * len(records))
        return self.env.cr.sql_log_count - before

    def test_number_of_queries_does_not_grow_with_the_lines(self):
        few, many = (
            self._run(
                day(1),
                contracts=self._contract(day(1), [(self.seats, 2, 10.0)] * count),
            ).move_ids
            for count in (5, 50)
        )
        self.assertEqual(len(many.invoice_line_ids), 50)
        self._count_queries(few)
        self.assertEqual(self._count_queries(few), self._count_queries(many))
        self.assertLess(self._count_queries(many), 50)

    def test_number_of_queries_does_not_grow_with_the_contracts(self):
        contracts = self.env["msp.contract"].union(
            *(self._contract(day(1), [(self.seats, 2, 10.0)]) for _ in range(20))
        )
        self._run(day(1), contracts=contracts)
        for contract in contracts:
            self._set(contract.position_ids, day(1, 15), quantity=3)
        self._run(day(1), "differential", contracts)
        charges = contracts.charge_ids
        self.assertEqual(len(charges), 40)
        for few, many in (
            (charges[:4], charges),
            (charges[:4].move_id, charges.move_id),
            (contracts[:2].version_ids, contracts.version_ids),
        ):
            self._count_queries(few)
            self.assertEqual(self._count_queries(few), self._count_queries(many))
