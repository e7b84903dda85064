from unittest.mock import patch

from odoo.tests import freeze_time, tagged

from .common import ContractCommon, day


@tagged("post_install", "-at_install")
class TestSettledMarks(ContractCommon):
    """Which contracts a run compares in full, and that it misses nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(day(1), [(cls.seats, 10, 12.50)])
        cls.position = cls.contract.position_ids

    def _bill(self, until=None, kind="regular", post=True):
        return self._run(until or day(1), kind, self.contract, post=post)

    def _settled(self):
        """Return the day until which the contract is settled, None if it is not."""
        self.env.flush_all()
        contract = self.contract
        return None if contract.to_settle else contract.settled_until

    def assertMarked(self, what):
        self.env.flush_all()
        self.assertTrue(self.contract.to_settle, what)

    def test_new_contract_is_to_be_settled(self):
        self.assertIsNone(self._settled())

    def test_complete_run_settles_and_posting_does_not_undo_it(self):
        run = self._bill(post=False)
        self.assertEqual(self._settled(), day(1))
        self.env.invalidate_all()
        run.action_post()
        self.assertEqual(run.move_ids.state, "posted")
        self.assertEqual(self._settled(), day(1))

    def test_next_month_is_billed_without_reading_claims(self):
        self._bill()
        charges = type(self.env["msp.charge"])
        read, original = [], charges._load_plain_claims

        def load(model, contracts):
            read.extend(contracts.ids)
            return original(model, contracts)

        with patch.object(charges, "_load_plain_claims", load):
            due = self.contract._compute_due(day(3), "regular")[self.contract.id]
            self.assertEqual(read, [])
            self.contract._mark_to_settle()
            in_full = self.contract._compute_due(day(3), "regular")[self.contract.id]
            self.assertEqual(read, self.contract.ids)
        self.assertEqual(due, in_full)
        self.assertEqual(
            [(c.start, c.amount) for c in due.charges], [(day(2), 125), (day(3), 125)]
        )

    def test_differential_run_passes_over_settled_contracts(self):
        self._bill()
        model, loaded = type(self.contract), []

        def load(contracts):
            loaded.extend(contracts.ids)
            return {}

        with patch.object(model, "_load_histories", load):
            due = self.contract._compute_due(day(1), "differential")
        self.assertEqual(due[self.contract.id].charges, [])
        self.assertEqual(loaded, [])

    def test_queries_do_not_grow_with_contracts_and_claims(self):
        contracts = self.contract
        for _index in range(11):
            contracts |= self._contract(day(1), [(self.seats, 1, 10)] * 2)
        for months in (1, 3):
            self._run(day(months), contracts=contracts)
            for position in contracts.position_ids if months == 3 else ():
                # Corrections need what their claims rest on.
                self._set(position, day(1), quantity=7)
            for kind in ("regular", "differential"):
                counts = [
                    self._queries(some, kind) for some in (contracts[:2], contracts)
                ]
                self.assertEqual(*counts, kind)

    def _queries(self, contracts, kind):
        """Return the number of queries, the second time: rules are cached then."""
        for _time in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            contracts._compute_due(day(5), kind)
        return self.env.cr.sql_log_count - before

    def test_run_for_a_day_before_finds_nothing(self):
        self._bill(day(3))
        self.assertEqual(self._settled(), day(3))
        for kind in ("regular", "differential"):
            due = self.contract._compute_due(day(2), kind)[self.contract.id]
            self.assertEqual(due.charges, [])

    # What takes the mark away

    def test_versions_take_it_away(self):
        self._bill()
        version = self._set(self.position, day(5), quantity=12)
        self.assertMarked("activated")
        self._bill()
        self.assertEqual(self._settled(), None, "nothing was billed, so nobody looked")
        self._bill(day(2))
        self.assertEqual(self._settled(), day(2))
        version._withdraw("typing error")
        self.assertMarked("withdrawn")

    def test_every_way_to_take_an_invoice_back_takes_it_away(self):
        for name in ("deleted", "line deleted", "cancelled", "reopened"):
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                invoice = self._bill(post=False).move_ids
                self.assertEqual(self._settled(), day(1))
                if name == "deleted":
                    invoice.unlink()
                elif name == "line deleted":
                    invoice.invoice_line_ids.unlink()
                else:
                    invoice.button_cancel()
                self.assertMarked(name)
                if name == "reopened":
                    self._pretend_settled()
                    invoice.button_draft()
                    self.assertMarked(name)
                savepoint.rollback()

    def test_credit_notes_take_it_away(self):
        invoice = self._bill().move_ids
        refund = invoice._reverse_moves([{"msp_credit_mode": "again"}])
        self.assertEqual(self._settled(), day(1), "a draft takes nothing back")
        refund.action_post()
        self.assertMarked("credited")
        self._pretend_settled()
        refund.button_draft()
        self.assertMarked("credit note reset")

    def test_goodwill_takes_it_away_since_credits_may_be_capped(self):
        invoice = self._bill().move_ids
        refund = invoice._reverse_moves([{"msp_credit_mode": "final"}])
        refund.action_post()
        self.assertMarked("goodwill")
        self._pretend_settled()
        refund.button_draft()
        self.assertMarked("goodwill reset")

    def _pretend_settled(self):
        self.contract._lock_ledger()
        self.env.cr.execute(
            "UPDATE msp_contract SET to_settle = FALSE, settled_until = %s "
            "WHERE id = %s",
            [day(1), self.contract.id],
        )
        self.env.invalidate_all()

    # What does not settle

    def test_correction_that_waits_is_not_settled(self):
        self._bill()
        self._set(self.position, day(1, 15), quantity=12)
        self._bill(day(2))
        self.assertIsNone(self._settled())
        self._bill(day(2), "differential")
        self.assertEqual(self._settled(), day(2))
        self.assertSettled(self.contract, day(2))

    def test_correction_billed_with_the_regular_run_is_settled(self):
        self.contract.corrections_with_regular = True
        self._bill()
        self._set(self.position, day(1, 15), quantity=12)
        self._bill(day(2))
        self.assertEqual(self._settled(), day(2))

    def test_position_that_waits_is_not_settled(self):
        other = self.env["msp.contract.position"].create(
            {"contract_id": self.contract.id, "product_id": self.backup.id}
        )
        invoice = self._bill().move_ids
        self._version(
            self.contract,
            day(2),
            [
                {
                    "action": "begin",
                    "position_id": other.id,
                    "quantity_mode": "set",
                    "quantity": 1,
                    "sets_price": True,
                    "price_unit": 30,
                }
            ],
        )
        refund = invoice._reverse_moves([{"msp_credit_mode": "final"}])
        self._bill(day(2))
        self.assertIsNone(self._settled())
        refund.unlink()
        run = self._bill(day(2))
        self.assertEqual(run.move_ids.amount_untaxed, 125.00)
        self.assertEqual(self._settled(), day(2))

    def test_claims_beyond_the_day_are_not_forgotten(self):
        self._bill(day(3))
        self._set(self.position, day(1, 15), quantity=12)
        # Of February and March, which are claimed, only January is due by then.
        self._bill(day(1), "differential")
        self.assertIsNone(self._settled())
        self.assertSettled(self.contract, day(3))
        run = self._bill(day(4))
        self.assertEqual(run.move_ids.amount_untaxed, 150.00)
        self.assertEqual(self._settled(), day(4))

    def test_part_of_a_period_claimed_ahead_is_not_forgotten(self):
        self._version(
            self.contract,
            day(1),
            [{"action": "terms", "anchor_date": day(1), "billing_unit": "year"}],
        )
        self._bill()
        self._version(
            self.contract,
            day(2),
            [{"action": "terms", "anchor_date": day(1)}],
        )
        self._bill(kind="differential")
        self.assertIsNone(self._settled(), "the year's claim lies on later months")
        self.assertSettled(self.contract, day(12))

    # The nightly check

    def _check(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(
                "msp_contract_billing.ir_cron_check_settled"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def test_nightly_check_finds_what_a_mark_has_missed(self):
        self._bill()
        self._set(self.position, day(1, 15), quantity=12)
        self._pretend_settled()
        self.env["ir.config_parameter"].set_param(
            "msp_contract_billing.settled_sample", "100000"
        )
        self._check()
        self.assertTrue(self.contract.to_settle)
        [message] = self.contract.message_ids.filtered(
            lambda message: "nightly check" in message.body
        )
        self.assertIn("13.71", message.body)
        [activity] = self.contract.activity_ids
        self.assertEqual(activity.user_id, self.contract.user_id)
        self.assertIn("differ", activity.summary)
        run = self._bill(kind="differential")
        self.assertEqual(run.move_ids.amount_untaxed, 13.71)

    def test_nightly_check_leaves_what_is_right_and_marks_what_is_settled(self):
        self._bill()
        self._set(self.position, day(5), quantity=12)
        self.assertMarked("a version, but nothing due")
        self.env["ir.config_parameter"].set_param(
            "msp_contract_billing.settled_sample", "100000"
        )
        with freeze_time(day(1, 20)):
            self._check()
            self.assertEqual(self._settled(), day(1, 20))
            self._check()
        self.assertEqual(self._settled(), day(1, 20))
        self.assertFalse(self.contract.activity_ids)

    def test_sample_is_as_large_as_the_parameter_says(self):
        contracts = self.contract
        for _index in range(4):
            contracts |= self._contract(day(1), [(self.seats, 1, 10)])
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("msp_contract_billing.settled_sample", "3")
        sizes = []

        def check(sample):
            sizes.append(len(sample))

        model = type(self.contract)
        with (
            patch.object(model, "_check_settled", check),
            patch.object(model, "_find_settled", check),
        ):
            self._check()
        self.assertEqual(sizes[-1], 3)
        self.assertLessEqual(sizes[0], 3)
