import base64
import gzip
import io
import zipfile
from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged
from odoo.tools import html2plaintext, mute_logger

from ..models.msp_provider_mail import ACTIVITY
from .common import microsoft_csv, seats
from .mail_common import GATEWAY, MailCommon

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


def zipped(files):
    """Return a ZIP archive of {name: bytes}."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


@tagged("post_install", "-at_install")
class TestProviderMail(MailCommon):
    """What becomes of the files of a mail."""

    def test_file_becomes_an_import_of_the_mailbox_user_and_company(self):
        content = self._csv()
        self._process(self._mail(("G1.csv", content, "application/octet-stream")))
        import_ = self._imports()
        self.assertEqual(import_.state, "mapped")
        self.assertEqual(import_.company_id, self.company)
        self.assertEqual(import_.create_uid, self.clerk)
        self.assertEqual(import_.file_name, "G1.csv")
        self.assertEqual(base64.b64decode(import_.file), content)
        self.assertIn(import_.name, self._note().body)
        self.assertFalse(self.mailbox.activity_ids)
        mail = self.mailbox.message_ids.filtered(lambda m: m.message_type == "email")
        self.assertIn("please find", mail.body)
        self.assertEqual(mail.subtype_id, self.env.ref("mail.mt_note"))
        # the import has the file, so the mail need not
        self.assertFalse(mail.attachment_ids)

    def test_nothing_of_a_mail_changes_contracts(self):
        contract = self._contract(self.customer, [(self.premium, 10, 20.0)])
        self._process(self._mail(("G1.csv", self._csv(), "text/csv")))
        self.assertEqual(len(contract.version_ids), 1)
        self.assertEqual(self._imports().state, "mapped")

    def test_text_attachments_keep_their_bytes(self):
        """Odoo decodes text parts as UTF-8 or as the mail claims; both may be wrong."""
        content = microsoft_csv(
            seats(12, CustomerName="Müller Bau GmbH"), encoding="cp1252"
        )
        encoded = base64.encodebytes(content).decode()
        for number, kind in enumerate(
            ("text/csv", 'text/plain; charset="us-ascii"', 'text/csv; charset="utf-8"')
        ):
            with self.subTest(kind=kind):
                raw = (
                    "From: billing@vendor.example\r\n"
                    "To: microsoft-files@systemhaus.example\r\n"
                    f"Message-Id: <bytes{number}@vendor.example>\r\n"
                    "Subject: file\r\nMIME-Version: 1.0\r\n"
                    'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
                    "--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n"
                    f"--b\r\nContent-Type: {kind}\r\n"
                    'Content-Disposition: attachment; filename="G1.csv"\r\n'
                    f"Content-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n--b--\r\n"
                ).encode()
                self._process(raw)
                import_ = self._imports()
                self.assertEqual(base64.b64decode(import_.file), content)
                self.assertEqual(
                    import_.customer_mapping_ids.external_name, "Müller Bau GmbH"
                )
                import_._withdraw("next")
                import_.unlink()

    def test_archive_of_several_files_and_one_that_is_bad(self):
        april = {
            "OrderDate": date(2026, 4, 5),
            "ChargeStartDate": date(2026, 4, 5),
            "ChargeEndDate": date(2026, 5, 4),
        }
        archive = zipped(
            {
                "march.csv": self._csv(),
                "bad.csv": b"\x00\x01\x02",
                "april.csv": self._csv(13, **april),
            }
        )
        self._process(self._mail(("2026.zip", archive, "application/zip")))
        self.assertEqual(
            self._imports().mapped("file_name"),
            ["2026.zip/march.csv", "2026.zip/april.csv"],
        )
        activity = self.mailbox.activity_ids
        self.assertEqual(activity.activity_type_id, self.env.ref(ACTIVITY))
        self.assertIn("bad.csv", activity.note)
        # the archive is kept, as part of it was not read
        self.assertEqual(self._note().attachment_ids.name, "2026.zip")

    def test_gzip_and_wrong_mime_type_are_read_by_content(self):
        packed = gzip.compress(self._csv(), mtime=0)
        self._process(self._mail(("G1.csv.gz", packed, "image/png")))
        self.assertEqual(self._imports().row_count, 1)

    def test_same_file_again_is_answered_in_the_chatter(self):
        first = self._csv()
        self._process(self._mail(("G1.csv", first, "text/csv")))
        self._process(self._mail(("G1 (1).csv", first, "text/csv")))
        self.assertEqual(len(self._imports()), 1)
        self.assertIn("has the same content as", self._note().body)
        self.assertIn(self._imports().name, self._note().body)
        self.assertFalse(self.mailbox.activity_ids)

    def test_double_attachments_count_once(self):
        content = self._csv()
        self._process(
            self._mail(("a.csv", content, "text/csv"), ("a.csv", content, "text/csv"))
        )
        self.assertEqual(len(self._imports()), 1)
        self.assertIn("has the same content as", self._note().body)

    def test_mail_that_comes_twice_is_read_once(self):
        raw = self._mail(("a.csv", self._csv(), "text/csv"), message_id="<1@v.example>")
        self._process(raw)
        self._process(raw)
        self.assertEqual(len(self._imports()), 1)
        self.assertEqual(len(self._messages()), 2)

    def test_unreadable_file_makes_an_activity_with_the_sentence(self):
        self.provider.user_id = self.manager
        self._process(self._mail(("G1.csv.gz", b"\x1f\x8b\x08cut", "application/gzip")))
        self.assertFalse(self._imports())
        activity = self.mailbox.activity_ids
        self.assertEqual(activity.user_id, self.manager)
        self.assertIn("G1.csv.gz", activity.note)
        self.assertIn("download it again", activity.note)
        self.assertEqual(self._note().attachment_ids.name, "G1.csv.gz")
        self.assertEqual(self.provider.mail_count, 1)
        self.assertTrue(self.provider.is_to_do)
        action = self.provider.action_view_mailboxes()
        self.assertEqual(action["res_id"], self.mailbox.id)

    def test_owner_of_another_company_is_not_asked(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.manager.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        self.provider.user_id = self.manager
        self._process(self._mail(("a.gz", b"\x1f\x8b\x08cut", "application/gzip")))
        self.assertEqual(self.mailbox.activity_ids.user_id, self.clerk)

    def test_unknown_columns_wait_and_somebody_is_asked(self):
        self.provider.format_id = False
        self._process(
            self._mail(("x.csv", b"Kunde;Artikel;Betrag\r\nA;B;1,50\r\n", "text/csv"))
        )
        self.assertEqual(self._imports().state, "columns")
        self.assertIn("columns", self.mailbox.activity_ids.note)
        self.assertFalse(self._note().attachment_ids)

    def test_mail_without_file_is_noted(self):
        self._process(self._mail())
        self.assertFalse(self._imports())
        self.assertIn("brings no file", self._note().body)
        self.assertFalse(self.mailbox.activity_ids)

    def test_signatures_and_texts_are_left_out_and_documents_kept(self):
        raw = self._mail(
            ("logo.png", PNG, "image/png"),
            ("image001", PNG, "application/octet-stream"),
            ("smime.p7s", b"\x30\x80", "application/pkcs7-signature"),
            ("card.vcf", b"BEGIN:VCARD", "text/vcard"),
            ("invite.ics", b"BEGIN:VCALENDAR", "text/calendar"),
            ("invoice.pdf", b"%PDF-1.7 ...", "application/pdf"),
            ("G1.csv", self._csv(), "text/csv"),
        )
        self._process(raw)
        self.assertEqual(self._imports().file_name, "G1.csv")
        self.assertEqual(self._note().attachment_ids.name, "invoice.pdf")
        self.assertFalse(self.mailbox.activity_ids)

    def test_name_of_a_file_is_no_path_and_no_markup(self):
        self._process(
            self._mail(
                ("../../etc/<b>G1</b>.csv", self._csv(), "text/csv"),
                ("C:\\bad\\<img src=x onerror=alert(1)>.csv", b"\x00", "text/csv"),
            )
        )
        self.assertEqual(self._imports().file_name, "b>.csv")
        for text in (self._note().body, self.mailbox.activity_ids.note):
            self.assertNotIn("<img", text)
            self.assertIn("&lt;img", text)

    # Too much

    def test_too_many_files_or_bytes_are_not_read(self):
        files = [(f"{i}.csv", self._csv(i), "text/csv") for i in range(1, 4)]
        target = "odoo.addons.msp_cloud_import.models.msp_provider_mail."
        for name, limit, kept in (("MAX_FILES", 2, 3), ("MAX_BYTES", 1000, 0)):
            with self.subTest(limit=name), patch(target + name, limit):
                self.mailbox.activity_ids.unlink()
                self._process(self._mail(*files))
                self.assertFalse(self._imports())
                self.assertIn("Nothing of it was read", self.mailbox.activity_ids.note)
                self.assertEqual(len(self._note().attachment_ids), kept)

    def test_bomb_is_refused_with_a_sentence(self):
        bomb = gzip.compress(b"0" * (80 * 1024 * 1024))
        self._process(self._mail(("G1.csv.gz", bomb, "application/gzip")))
        self.assertFalse(self._imports())
        self.assertIn("times its size", self.mailbox.activity_ids.note)

    def test_what_is_not_reached_in_time_is_kept(self):
        target = "odoo.addons.msp_cloud_import.models.msp_imports_as.REQUEST_SECONDS"
        with patch(target, -1):
            self._process(self._mail(("G1.csv", self._csv(), "text/csv")))
        self.assertIn("Not reached in time", self.mailbox.activity_ids.note)
        self.assertEqual(self._note().attachment_ids.name, "G1.csv")

    def test_broken_mail_structures(self):
        """Truncated base64, no file name, an attached mail: nothing but a note."""
        head = (
            "From: billing@vendor.example\r\nTo: microsoft-files@systemhaus.example\r\n"
            "Subject: x\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/mixed; boundary="b"\r\n'
        )
        attached = "Content-Disposition: attachment"
        parts = (
            f'Content-Type: application/pdf; name="G1.csv"\r\n{attached}\r\n'
            + "Content-Transfer-Encoding: base64\r\n\r\nabc$$$",
            f"Content-Type: application/octet-stream\r\n{attached}\r\n\r\nnoname",
            "Content-Type: message/rfc822\r\n\r\nFrom: x@evil.example\r\n\r\nbody",
            'Content-Type: text/csv; charset="utf-16"\r\n'
            + f'{attached}; filename="odd.csv"\r\n\r\na;b',
        )
        for number, part in enumerate(parts):
            with self.subTest(part=part[:60]):
                raw = (
                    f"{head}Message-Id: <s{number}@v>\r\n\r\n--b\r\n{part}\r\n--b--\r\n"
                )
                before = len(self._messages())
                self._process(raw.encode())
                self.assertFalse(self._imports())
                self.assertGreater(len(self._messages()), before)

    def test_large_file_that_fails_in_the_background_makes_an_activity(self):
        cron = self.env.ref("msp_cloud_import.ir_cron_continue_imports")
        target = "odoo.addons.msp_cloud_import.models.msp_import_arrival.LARGE_BYTES"
        content = microsoft_csv(seats(12)).replace(b"Subtotal", b"Sum", 1)
        with patch(target, 1):
            self._process(self._mail(("large.csv", content, "text/csv")))
        import_ = self._imports()
        self.assertEqual((import_.state, import_.is_running), ("new", True))
        self.assertEqual(import_.mailbox_id, self.mailbox)
        self.assertFalse(self.mailbox.activity_ids)
        with self.enter_registry_test_mode(), mute_logger(GATEWAY):
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((import_.state, import_.is_running), ("new", False))
        [activity] = self.mailbox.activity_ids
        self.assertIn("large.csv", activity.note)
        self.assertIn(import_.problem[:20], html2plaintext(activity.note))
        self.assertEqual(activity.user_id, self.clerk)

    def test_large_file_with_unknown_columns_makes_an_activity_as_well(self):
        cron = self.env.ref("msp_cloud_import.ir_cron_continue_imports")
        target = "odoo.addons.msp_cloud_import.models.msp_import_arrival.LARGE_BYTES"
        self.provider.format_id = False
        content = b"Kunde;Artikel;Betrag\r\nA;B;1,50\r\n"
        with patch(target, 1):
            self._process(self._mail(("large.csv", content, "text/csv")))
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self._imports().state, "columns")
        [activity] = self.mailbox.activity_ids
        self.assertIn("columns", activity.note)

    def test_parts_of_an_export_mailed_together_are_refused(self):
        self._process(
            self._mail(
                ("cost_part_0_0001.csv", self._csv(12), "text/csv"),
                ("cost_part_0_0002.csv", self._csv(13), "text/csv"),
            )
        )
        self.assertFalse(self._imports())
        [activity] = self.mailbox.activity_ids
        self.assertIn("one ZIP archive", activity.note)
