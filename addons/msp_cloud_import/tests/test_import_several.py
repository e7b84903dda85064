import io
import zipfile
from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models import msp_import_apply
from .common import microsoft_csv, seats
from .profile_common import ProfileCommon, csv_file, recurring

OTHER = {
    "CustomerId": "22222222-0000-4000-8000-000000000002",
    "CustomerName": "Praxis Beispiel",
    "CustomerDomainName": "praxis.example",
    "SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000009",
}


@tagged("post_install", "-at_install")
class TestImportSeveral(ProfileCommon):
    """Several files and imports at once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(cls.customer, [(cls.premium, 10, 20.0)])
        cls.position = cls.contract.position_ids

    def _month(self, month, quantity, **cells):
        return seats(
            quantity,
            InvoiceNumber=f"G0000000{month:02}",
            ChargeStartDate=date(2026, month, 5),
            ChargeEndDate=date(2026, month + 1, 4),
            **cells,
        )

    def _two_months(self):
        """Return April and March, imported in this order and prepared."""
        april = self._read(self._month(4, 14), name="april.csv")
        march = self._read(self._month(3, 12), name="march.csv")
        both = april + march
        both.action_assign()
        both.action_accept_suggestions()
        both.action_prepare()
        return both

    def test_steps_take_several_imports(self):
        both = self._two_months()
        self.assertEqual(both.mapped("state"), ["prepared", "prepared"])
        self.assertIs(both.action_apply(), True)
        self.assertEqual(both.mapped("state"), ["applied", "applied"])
        self.assertEqual(
            self._content(self.position)[1:],
            [(date(2026, 3, 5), 12.0), (date(2026, 4, 5), 14.0)],
        )
        # March was applied first: its version has the lower number.
        april, march = both
        self.assertLess(march.version_ids.number, april.version_ids.number)
        self.assertEqual(april.change_ids.old_quantity, 12.0)
        self.assertFalse(any(both.mapped("is_outdated")))

    def test_months_that_say_the_same_make_one_version(self):
        april = self._read(self._month(4, 12), name="april.csv")
        march = self._read(self._month(3, 12), name="march.csv")
        both = april + march
        both.action_assign()
        both.action_accept_suggestions()
        both.action_prepare()
        self.assertEqual(both.change_ids.mapped("state"), ["proposed"] * 2)
        both.action_apply()
        self.assertEqual(len(both.version_ids), 1)
        self.assertEqual(april.change_ids.state, "no_change")

    def test_what_was_left_out_stays_left_out(self):
        both = self._two_months()
        april = both[0]
        april.change_ids.action_exclude()
        both.action_apply()
        self.assertEqual(april.change_ids.state, "excluded")
        self.assertFalse(april.version_ids)
        self.assertEqual(self._content(self.position)[-1], (date(2026, 3, 5), 12.0))

    def test_import_at_another_step_does_not_stop_the_others(self):
        both = self._two_months()
        late = self._read(self._month(5, 15), name="may.csv")
        action = (both + late).action_apply()
        self.assertEqual(both.mapped("state"), ["applied", "applied"])
        self.assertEqual(late.state, "read")
        self.assertEqual(action["tag"], "display_notification")
        self.assertIn(late.name, action["params"]["message"])
        for method in ("action_assign", "action_prepare"):
            withdrawn = self._read(self._month(6, 1), name=f"{method}.csv")
            withdrawn._withdraw("x")
            action = getattr(both + withdrawn, method)()
            self.assertIn(withdrawn.name, action["params"]["message"])

    def test_failed_changes_are_told(self):
        both = self._two_months()
        # No contract of another customer: only March's change can fail.
        march = both[1]
        with patch.object(
            type(march.change_ids),
            "_apply",
            autospec=True,
            side_effect=UserError("Contract C1 is locked."),
        ):
            action = both.action_apply()
        self.assertIn(march.name, action["params"]["message"])
        self.assertEqual(march.change_ids.error, "Contract C1 is locked.")

    def test_alone_an_import_says_by_an_exception_what_hinders_it(self):
        import_ = self._read(self._month(3, 12))
        with self.assertRaises(UserError):
            import_.action_apply()

    def test_account_manager_takes_no_step(self):
        both = self._two_months().with_user(self.manager)
        for method in (
            "action_assign",
            "action_accept_suggestions",
            "action_prepare",
            "action_apply",
        ):
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(both, method)()

    def test_scheduler_prepares_again_and_goes_on(self):
        both = self._two_months()
        with patch.object(msp_import_apply, "REQUEST_SECONDS", -1):
            both.action_apply()
        april, march = both
        self.assertEqual((march.state, april.state), ("applied", "prepared"))
        self.assertTrue(april.is_running and april.is_outdated)
        cron = self.env.ref("msp_cloud_import.ir_cron_continue_imports")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
            cron.method_direct_trigger()
        april.invalidate_recordset()
        self.assertEqual(april.state, "applied")
        self.assertFalse(april.is_running or april.is_outdated)
        self.assertEqual(april.change_ids.old_quantity, 12.0)
        self.assertEqual(april.version_ids.user_id, self.clerk)

    def test_import_that_cannot_be_prepared_again_stops_no_other(self):
        both = self._two_months()
        may = self._prepared(self._month(5, 15), name="may.csv")
        april = both[0]
        prepare = type(april)._prepare

        def _prepare(import_):
            if import_ == april:
                raise ValueError("April cannot be compared.")
            return prepare(import_)

        with (
            patch.object(type(april), "_prepare", _prepare),
            mute_logger("odoo.addons.msp_contract_billing.models.msp_batch_mixin"),
        ):
            action = (both + may).action_apply()
        self.assertIn("April cannot be compared.", action["params"]["message"])
        self.assertFalse(april.is_running)
        self.assertEqual(may.state, "applied")
        self.assertEqual(self._content(self.position)[-1], (date(2026, 5, 5), 15.0))

    # Uploading

    def test_many_files_of_any_provider_at_once(self):
        self.provider.active = False
        self._confirmed(recurring(12))
        files = [
            ("g.csv", microsoft_csv(self._month(3, 12))),
            ("broken.csv", b"\x1f\x8b\x08cut"),
            ("ingram.csv", csv_file([recurring(14, "2026-04-05", "2026-05-04")])),
            ("unknown.csv", b"Kunde;Betrag\r\nA;1,50\r\n"),
        ]
        wizard, action = self._upload(files)
        self.assertEqual(action["res_id"], wizard.id)
        results = wizard.result_ids
        self.assertEqual(
            results.mapped("state"), ["imported", "refused", "imported", "refused"]
        )
        self.assertIn("broken.csv", results[1].sentence)
        self.assertIn("Choose the provider", results[3].sentence)
        self.assertIn("April 2026", results[2].sentence)
        self.assertEqual(results[2].import_id.provider_id, self.ingram)
        self.assertEqual(results[0].action_open()["res_id"], results[0].import_id.id)
        self.assertEqual(
            wizard.action_open()["domain"],
            [("id", "in", (results[0] + results[2]).import_id.ids)],
        )

    def test_each_file_of_an_archive_becomes_an_import(self):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("2026/march.csv", microsoft_csv(self._month(3, 12)))
            archive.writestr("invoice.pdf", b"%PDF-1.7")
            archive.writestr("cut.csv.gz", b"\x1f\x8b\x08cut")
            archive.writestr("april.csv", microsoft_csv(self._month(4, 14)))
        wizard, _action = self._upload([("q1.zip", stream.getvalue())], self.provider)
        states = {one.file_name: one.state for one in wizard.result_ids}
        self.assertEqual(states["q1.zip/2026/march.csv"], "imported")
        self.assertEqual(states["q1.zip/april.csv"], "imported")
        self.assertEqual(states["q1.zip/cut.csv.gz"], "refused")
        imports = wizard.result_ids.import_id
        self.assertEqual(
            set(imports.mapped("file_name")),
            {"q1.zip/2026/march.csv", "q1.zip/april.csv"},
        )

    def test_one_file_with_unknown_columns_opens_them(self):
        _wizard, action = self._upload(
            [("a.csv", csv_file([recurring(1)]))], self.ingram
        )
        self.assertEqual(action["res_model"], "msp.import.profile")

    def test_nothing_readable_is_refused_with_all_sentences(self):
        with self.assertRaises(UserError) as caught:
            self._upload([("a.csv", b""), ("b.csv", b"\x1f\x8b\x08cut")])
        self.assertIn("a.csv", str(caught.exception))
        self.assertIn("b.csv", str(caught.exception))

    def test_upload_ends_in_time(self):
        self._import(csv_file([recurring(12)])).profile_id.action_confirm()
        days = [("2026-04-05", "2026-05-04"), ("2026-05-05", "2026-06-04")]
        files = [
            (f"{start}.csv", csv_file([recurring(12, start, end)]))
            for start, end in days
        ]
        target = "odoo.addons.msp_cloud_import.wizard.msp_import_upload.REQUEST_SECONDS"
        with patch(target, 0), self.assertRaises(UserError) as caught:
            self._upload(files, self.ingram)
        self.assertIn("Not reached in time", str(caught.exception))
        self._upload(files, self.ingram)
        self.assertEqual(
            self.env["msp.import"].search_count(
                [("provider_id", "=", self.ingram.id), ("state", "=", "mapped")]
            ),
            3,
        )

    def test_upload_form(self):
        form = Form(self.env["msp.import.upload"].with_user(self.clerk))
        self.assertFalse(form.provider_id)
        form.provider_id = self.ingram
        form.save()

    # The board

    def test_board_of_providers(self):
        self.assertFalse(self.ingram.import_count)
        waiting = self._import(csv_file([recurring(12)]))
        self.assertEqual(self.ingram.columns_count, 1)
        self.assertFalse(self.ingram.last_import_id)
        action = self.ingram.action_view_columns()
        self.assertEqual(action["res_id"], waiting.profile_id.id)
        waiting.profile_id.action_confirm()
        self.assertEqual(self.ingram.last_import_id, waiting)
        self.assertEqual(self.ingram.last_file_name, "export.csv")
        self.assertEqual(self.ingram.last_month_label, "March 2026")
        self.assertEqual(self.ingram.amount_unmapped, 114.0)
        self.assertEqual(self.ingram.currency_id, self.eur)
        self.assertTrue(self.ingram.is_layout_known)
        self.assertFalse(self.skykick.is_layout_known)
