import gzip
import time
from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import msp_import_later, msp_import_part
from .common import ImportCommon, microsoft_csv, seats
from .usage_common import UsageCommon, daily_csv, used

MODELS = "odoo.addons.msp_cloud_import.models"
# Parts of one row, and a scheduler that does one part each time.
SMALL = {
    "msp_import_read.PART_SIZE": 1,
    "msp_import_later.ROWS": 1,
    "msp_import_later.MAPPINGS": 1,
    "msp_import_prepare.ROWS": 1,
    "msp_import_steps.SLICE_SECONDS": -1,
    "msp_import_steps.LARGE_ROWS": 1,
    "msp_import_arrival.LARGE_BYTES": 1,
}


class PartsCommon:
    """Long steps in parts of one row each."""

    def _small_parts(self):
        for name, value in SMALL.items():
            self.startPatcher(patch(f"{MODELS}.{name}", value))

    def _turn(self):
        """Let the scheduler take one turn, as if it was killed afterwards."""
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cursor:
            self.env(cr=cursor)["msp.import"]._cron_continue_imports()
        self.env.invalidate_all()

    def _finish(self, import_, turns=60):
        for _turn in range(turns):
            if not import_.is_running:
                return
            self._turn()
        self.fail("does not come to an end")

    def _take(self, content, name="large.csv"):
        results = (
            self.env["msp.import"]
            .with_user(self.clerk)
            ._take_files(self.provider, [(name, content)], time.monotonic() + 60)
        )
        self.assertEqual([one["state"] for one in results], ["reading"])
        return self.env["msp.import"].browse(results[0]["import_id"])


@tagged("post_install", "-at_install")
class TestImportParts(PartsCommon, ImportCommon):
    """Each part of a long step is done once, however often the scheduler begins."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = [cls.customer]
        cls.rows = [seats(12)]
        cls.contracts = [cls._contract(cls.customer, [(cls.premium, 10, 20.0)])]
        for number in (2, 3):
            partner = cls._partner(f"Kunde {number}")
            cls.customers.append(partner)
            cls.contracts.append(cls._contract(partner, [(cls.premium, 10, 20.0)]))
            cls.rows.append(
                seats(
                    10 + number,
                    CustomerId=f"11111111-0000-4000-8000-00000000000{number}",
                    CustomerName=partner.name,
                    CustomerDomainName="",
                    SubscriptionId=f"5b5b5b5b-0000-4000-8000-00000000000{number}",
                )
            )

    def _ready(self):
        """Return an import that is assigned, made as small ones are."""
        import_ = self._read(*self.rows)
        import_.accept_limit = 50
        self._assign(import_)
        self.assertEqual(import_.amount_unmapped, 0.0)
        return import_

    def _quantities(self, import_):
        return sorted(import_.change_ids.mapped("quantity"))

    def test_reading_shows_progress_and_nothing_of_the_file_before_its_end(self):
        self._small_parts()
        import_ = self._take(microsoft_csv(*self.rows))
        # Whoever opens it meanwhile sees that nothing is read yet.
        self.assertEqual((import_.amount_lost, import_.amount_done), (0.0, 0.0))
        seen = []
        while import_.state == "new":
            self._turn()
            seen.append((import_.progress_done, import_.progress_total))
            if import_.state == "new":
                self.assertFalse(import_.provider_charge_ids)
        # the header is row 1; after the last part the charges are stored
        self.assertEqual(seen[:3], [(2, 4), (3, 4), (4, 4)])
        self.assertEqual(import_.amount_read, 370.0)
        self._finish(import_)
        self.assertEqual(import_.state, "mapped")
        self.assertEqual(import_.provider_charge_ids.mapped("row"), [2, 3, 4])
        self.assertEqual(sum(import_.provider_charge_ids.mapped("billed_cost")), 370.0)
        self.assertEqual(import_.amount_lost, 0.0)
        self.assertFalse(self.env["msp.import.part"].sudo().search([]))

    def test_large_file_without_its_provider_is_recognised_and_read_later(self):
        self._small_parts()
        imports = self.env["msp.import"].with_user(self.clerk)
        # A company's own provider comes before the one that all share.
        self.provider.company_id = self.company
        nobody = self.env["msp.provider"]
        content = microsoft_csv(*self.rows)
        for name, data in (("a.csv", content), ("b.csv.gz", gzip.compress(content))):
            with self.subTest(file=name):
                (result,) = imports._take_files(
                    nobody, [(name, data)], time.monotonic() + 60
                )
                self.assertEqual(result["state"], "reading", result["sentence"])
                import_ = imports.browse(result["import_id"])
                self.assertEqual(import_.provider_id, self.provider)
                self._finish(import_)
                self.assertEqual(import_.amount_read, 370.0)
                import_._withdraw("again")
        (result,) = imports._take_files(
            nobody, [("c.csv", b"Kunde;Betrag\r\nA;1\r\n")], time.monotonic() + 9
        )
        self.assertEqual(result["state"], "refused")
        self.assertIn("Choose the provider", result["sentence"])

    def test_rows_with_problems_are_kept_once(self):
        self._small_parts()
        bad = {**seats(5, SubscriptionId="s9"), "Subtotal": "many"}
        import_ = self._take(microsoft_csv(self.rows[0], bad, self.rows[1]))
        self._finish(import_)
        self.assertFalse(import_.problem)
        self.assertEqual((import_.charge_count, import_.problem_count), (2, 1))
        errors = import_.problem_ids.filtered(lambda one: one.severity == "error")
        self.assertEqual(errors.row, 3)

    def test_reading_that_was_stopped_goes_on_where_it_was(self):
        self._small_parts()
        import_ = self._take(microsoft_csv(*self.rows))
        self._turn()
        self._turn()
        import_.with_user(self.clerk).action_stop()
        for _time in range(2):
            self._turn()
        self.assertEqual((import_.state, import_.is_running), ("new", False))
        self.assertEqual(len(import_._get_parts("read")), 3)
        import_.with_user(self.clerk).action_read()
        self.assertEqual((import_.progress_done, import_.progress_total), (3, 4))
        self._finish(import_)
        self.assertEqual(import_.amount_read, 370.0)
        self.assertEqual(len(import_.provider_charge_ids), 3)

    def test_assignments_deleted_while_reading_are_made_anew(self):
        known = self.env["msp.customer.mapping"].create(
            {
                "provider_id": self.provider.id,
                "company_id": self.company.id,
                "external_id": self.rows[0]["CustomerId"],
                "external_name": "Muster Bau GmbH",
                "partner_id": self.customer.id,
            }
        )
        self._small_parts()
        import_ = self._take(microsoft_csv(*self.rows))
        self._turn()
        self._turn()
        self.assertEqual(import_.state, "new")
        known.unlink()
        self._finish(import_)
        charge = import_.provider_charge_ids[0]
        self.assertEqual(charge.state, "unmapped_customer")
        self.assertFalse(charge.partner_id)
        self.assertEqual(charge.customer_mapping_id.state, "open")

    def test_customers_merged_while_reading_are_read_again(self):
        """Rows that stand aside know the customer that is gone."""
        self._ready()._withdraw("to be read again")
        twin = self._partner("Muster Bau, the one that stays")
        self._small_parts()
        import_ = self._take(microsoft_csv(*self.rows))
        self._turn()
        self._turn()
        self.assertEqual(import_.state, "new")
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        merge._merge((self.customer | twin).ids, twin)
        with mute_logger("odoo.sql_db"):
            self._finish(import_)
        self.assertIn("merged or deleted meanwhile", import_.problem)
        self.assertFalse(import_.provider_charge_ids)
        import_.with_user(self.clerk).action_read()
        self._finish(import_)
        self.assertFalse(import_.problem)
        self.assertEqual(import_.provider_charge_ids[0].partner_id, twin)

    def test_withdrawn_in_the_middle_of_reading_leaves_nothing(self):
        self._small_parts()
        import_ = self._take(microsoft_csv(*self.rows))
        self._turn()
        import_.action_stop()
        import_._withdraw("wrong file")
        self.assertFalse(self.env["msp.import.part"].sudo().search([]))
        self._turn()
        self.assertFalse(import_.provider_charge_ids)

    def test_preparing_in_parts_proposes_what_preparing_at_once_does(self):
        import_ = self._ready()
        import_.action_prepare()
        at_once = import_.change_ids.mapped("summary")
        self.assertEqual(self._quantities(import_), [12.0, 12.0, 13.0])
        self._small_parts()
        import_.action_prepare()
        self._turn()
        self.assertEqual(import_.state, "mapped")
        self.assertEqual((import_.progress_done, import_.progress_total), (1, 3))
        self.assertEqual(len(import_.change_ids), 1)
        self._finish(import_)
        self.assertEqual(import_.state, "prepared")
        self.assertEqual(import_.change_ids.mapped("summary"), at_once)
        self.assertEqual(set(import_.provider_charge_ids.mapped("state")), {"matched"})

    def test_decisions_outlive_a_preparation_that_is_interrupted(self):
        import_ = self._ready()
        import_.action_prepare()
        last = import_.change_ids.sorted("quantity")[-1]
        last.with_user(self.clerk)._exclude("not ours")
        self._small_parts()
        import_.action_prepare()
        self._turn()
        import_.action_stop()
        self.assertEqual(len(import_.change_ids), 1)
        import_.action_prepare()
        self._finish(import_)
        excluded = import_.change_ids.filtered(lambda one: one.state == "excluded")
        self.assertEqual(excluded.quantity, 13.0)
        self.assertIn("not ours", excluded.error)

    def test_assignment_changed_meanwhile_begins_preparing_anew(self):
        import_ = self._ready()
        self._small_parts()
        import_.action_prepare()
        self._turn()
        self._turn()
        first = import_.change_ids[0].partner_id
        mapping = import_.customer_mapping_ids.filtered(
            lambda one: one.partner_id == first
        )
        other = self._partner("Somebody else")
        self._contract(other, [(self.premium, 1, 20.0)])
        mapping.with_user(self.clerk).partner_id = other
        self._finish(import_)
        self.assertEqual(import_.state, "prepared")
        said = import_.change_ids.filtered(lambda one: one.kind != "missing")
        self.assertEqual(len(said), 3)
        self.assertIn(other, import_.change_ids.partner_id)
        self.assertNotIn("no_change", import_.provider_charge_ids.mapped("state"))

    def test_nothing_else_begins_while_a_step_is_at_work(self):
        import_ = self._ready()
        import_.action_prepare()
        self._small_parts()
        import_.with_user(self.clerk).action_prepare()
        for name in ("action_assign", "action_prepare", "action_apply"):
            with (
                self.subTest(method=name),
                self.assertRaisesRegex(UserError, "stop it first"),
            ):
                getattr(import_.with_user(self.clerk), name)()
        with self.assertRaisesRegex(UserError, "stop it first"):
            import_.with_user(self.clerk)._withdraw("wrong")
        self.assertEqual(import_.running_step, "prepare")

    def test_large_imports_applied_together_are_prepared_again_in_parts(self):
        first = self._ready()
        first.action_prepare()
        second = self._read(
            seats(
                20,
                OrderDate=date(2026, 4, 5),
                ChargeStartDate=date(2026, 4, 5),
                ChargeEndDate=date(2026, 5, 4),
            ),
            name="april.csv",
        )
        self._assign(second)
        second.action_prepare()
        self._small_parts()
        (first + second).with_user(self.clerk).action_apply()
        self.assertEqual(first.state, "applied")
        self.assertTrue(second.is_running and second.is_outdated)
        self._finish(second)
        self.assertEqual(second.state, "applied")
        position = self.contracts[0].position_ids
        self.assertEqual(
            self._content(position),
            [
                (date(2026, 1, 1), 10.0),
                (date(2026, 3, 5), 12.0),
                (date(2026, 4, 5), 20.0),
            ],
        )

    def test_many_changes_are_applied_by_the_scheduler_with_progress(self):
        import_ = self._ready()
        import_.action_prepare()
        self.startPatcher(patch(f"{MODELS}.msp_import_apply.REQUEST_CHANGES", 2))
        self.startPatcher(patch(f"{MODELS}.msp_import_apply.BATCH_SIZE", 1))
        import_.with_user(self.clerk).action_apply()
        self.assertEqual((import_.progress_done, import_.progress_total), (0, 3))
        self._turn()
        self.assertEqual((import_.progress_done, import_.progress_total), (1, 3))
        import_.with_user(self.clerk).action_stop()
        self._turn()
        self.assertEqual(import_.version_count, 1)
        import_.with_user(self.clerk).action_apply()
        self._finish(import_)
        self.assertEqual((import_.state, import_.version_count), ("applied", 3))

    @mute_logger("odoo.addons.msp_contract_billing.models.msp_batch_mixin")
    def test_reading_that_fails_leaves_nothing_and_says_why(self):
        self._small_parts()
        import_ = self._take(microsoft_csv(*self.rows))
        self._turn()
        model = type(self.env["msp.provider.charge"])
        with patch.object(model, "_put_aside", side_effect=ValueError("No room.")):
            self._turn()
        self.assertFalse(import_.is_running)
        self.assertIn("No room.", import_.problem)
        self.assertFalse(import_._get_parts("read"))
        import_.action_read()
        self._finish(import_)
        self.assertEqual(import_.amount_read, 370.0)

    def test_parts_are_nobodys_business(self):
        self._small_parts()
        self._take(microsoft_csv(*self.rows))
        self._turn()
        part = self.env["msp.import.part"].sudo().search([], limit=1)
        self.assertTrue(part)
        for user in (self.clerk, self.env.ref("base.user_admin")):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                part.with_user(user).read(["content"])
        with self.assertRaises(UserError):
            part.write({"position": 9})

    def test_constants_are_those_that_are_tested(self):
        self.assertTrue(msp_import_part.SLICE_SECONDS < 60)
        phases = {"check", "read", "assign", "prepare"}
        self.assertEqual(set(msp_import_later.PHASES), phases)


@tagged("post_install", "-at_install")
class TestUsageParts(PartsCommon, UsageCommon):
    """A file of usage is read block by block; its rows are seen once all are there."""

    def _content(self):
        return daily_csv(
            *(
                used(date(2026, 3, day), f"{day}.50", MeterId=f"m-{day % 3}")
                for day in range(1, 7)
            )
        )

    def test_killed_between_blocks_counts_no_row_twice(self):
        self._small_parts()
        blocks = "odoo.addons.msp_cloud_import.formats"
        self.startPatcher(patch(f"{blocks}.usage_csv.PIECE", 900))
        self.startPatcher(
            patch(f"{blocks}.usage_csv.CsvBlocks.__init__.__defaults__", (900,))
        )
        import_ = self._take(self._content())
        turns = 0
        while import_.state == "new" and turns < 20:
            turns += 1
            self._turn()
            if import_.state == "new":
                mine = [("import_id", "=", import_.id)]
                rows = self.env["msp.usage.row"]
                self.assertTrue(rows.sudo().search_count(mine))
                self.assertFalse(rows.with_user(self.clerk).search_count(mine))
        self.assertGreater(turns, 2)
        self._finish(import_)
        rows = self.env["msp.usage.row"].search([("import_id", "=", import_.id)])
        self.assertEqual(rows.mapped("row"), [2, 3, 4, 5, 6, 7])
        self.assertEqual(sum(rows.mapped("billed_cost")), 24.0)
        self.assertEqual(import_.amount_read, 24.0)
        self.assertEqual(rows.charge_id, import_.provider_charge_ids)
