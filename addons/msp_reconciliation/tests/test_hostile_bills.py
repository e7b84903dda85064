from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from .bill_common import BillCommon

FORGED = {
    "msp_import_ids": [Command.clear()],
    "msp_import_shares": {"1": "x"},
    "msp_file_number": "G99",
    "msp_file_total": 5.0,
    "msp_has_file_tax": True,
    "msp_currency_rate": 2.0,
    "msp_rate_note": "free",
    "msp_match_undo": {"is_filled": True, "values": {"state": "posted"}},
}
FORGED_LINE = {
    "msp_is_difference": True,
    "msp_row_count": 7,
    "msp_cost_shares": {"distribution": {}, "shares": "x"},
}


@freeze_time("2026-04-10 08:00:00")
@tagged("post_install", "-at_install")
class TestHostileBills(BillCommon):
    """What ties a bill to its file is nobody's to enter."""

    def setUp(self):
        super().setUp()
        self._seats_contract(10)
        self.bill = self._bill(self._row(10))
        self.administrator = new_test_user(
            self.env,
            login="host_admin",
            groups="base.group_user,msp_contract_billing.group_administrator",
            company_id=self.company.id,
        )

    def test_nobody_enters_what_ties_a_bill_to_its_file(self):
        for user in (self.clerk, self.accountant, self.administrator):
            bill = self.bill.with_user(user)
            for name, value in FORGED.items():
                with (
                    self.subTest(user=user.login, name=name),
                    self.assertRaisesRegex(UserError, "provider's file"),
                ):
                    bill.write({name: value})
            for name, value in FORGED_LINE.items():
                with (
                    self.subTest(user=user.login, name=name),
                    self.assertRaisesRegex(UserError, "provider's file"),
                ):
                    bill.invoice_line_ids.write({name: value})
                with self.assertRaisesRegex(UserError, "provider's file"):
                    line = Command.update(bill.invoice_line_ids[0].id, {name: value})
                    bill.write({"invoice_line_ids": [line]})

    def test_nobody_makes_a_bill_that_seems_to_come_from_a_file(self):
        plain = {"move_type": "in_invoice", "partner_id": self.vendor.id}
        import_ = self.bill.msp_import_ids
        moves = self.env["account.move"].with_user(self.administrator)
        forged = {**FORGED, "msp_import_ids": [Command.link(import_.id)]}
        for name, value in forged.items():
            with (
                self.subTest(name=name),
                self.assertRaisesRegex(UserError, "provider's file"),
            ):
                moves.create({**plain, name: value})
            with (
                self.subTest(name=name, by="context"),
                self.assertRaisesRegex(UserError, "provider's file"),
            ):
                moves.with_context(**{f"default_{name}": value}).create(plain)
        for name, value in FORGED_LINE.items():
            line = Command.create({"name": "x", "price_unit": 1.0, name: value})
            with (
                self.subTest(name=name),
                self.assertRaisesRegex(UserError, "provider's file"),
            ):
                moves.create({**plain, "invoice_line_ids": [line]})

    def test_import_with_a_posted_bill_is_not_freed_by_unlinking_the_bill(self):
        self._post(self.bill)
        import_ = self.bill.msp_import_ids
        for user in (self.clerk, self.accountant, self.administrator):
            with self.subTest(user=user.login):
                with self.assertRaises(UserError):
                    self.bill.with_user(user).msp_import_ids = [Command.clear()]
                with self.assertRaises(UserError):
                    import_.with_user(user).bill_ids = [Command.clear()]
                with self.assertRaisesRegex(UserError, "was posted from import"):
                    import_.with_user(user)._withdraw("again")

    def test_bills_are_edited_copied_reversed_and_deleted_as_ever(self):
        bill = self.bill.with_user(self.accountant)
        bill.invoice_line_ids[0].name = "Seats of January"
        copy = bill.copy()
        self.assertFalse(copy.msp_import_ids)
        copy.unlink()
        bill.invoice_date = date(2026, 2, 8)
        bill.action_post()
        refund = bill._reverse_moves([{"invoice_date": date(2026, 2, 9)}], cancel=False)
        self.assertFalse(refund.msp_import_ids)
        refund.unlink()
        bill.button_draft()
        bill.unlink()
        self.assertEqual(self.env["msp.import"].search([], limit=1).bill_state, "none")

    # The wizard's rows are made by it; somebody may write others.

    def _forge(self, **values):
        match = self.env["msp.bill.match"].with_user(self.accountant).create({})
        return (
            self.env["msp.bill.match.line"]
            .with_user(self.accountant)
            .create({"match_id": match.id, **values})
        )

    def test_wizard_tells_nothing_of_another_companys_bill(self):
        company = self._second_company()
        self.env["account.chart.template"].try_loading(
            "generic_coa", company=company, install_demo=False
        )
        foreign = (
            self.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": "in_invoice",
                    "partner_id": self.vendor.id,
                    "ref": "SECRET",
                    "invoice_line_ids": [
                        Command.create({"name": "x", "price_unit": 77.0})
                    ],
                }
            )
        )
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            line = self._forge(move_id=foreign.id)
            self.env.flush_all()
            self.env.invalidate_all()
            line.read(["move_ref", "bill_net", "invoice_date", "move_state"])

    def test_wizard_refuses_rows_that_somebody_made_up(self):
        own = self._import(self._row(10, month=2), name="february.csv")
        document = self.env["account.move"].create(
            {"move_type": "in_invoice", "partner_id": self.vendor.id}
        )
        currency = self.currency.id
        invoice = self.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": self.customer.id}
        )
        for values in (
            {},
            {"move_id": document.id},
            {"import_ids": own.ids},
            {"move_id": document.id, "import_ids": own.ids},
            {"move_id": document.id, "import_ids": own.ids, "number": "x"},
            {"move_id": document.id, "import_ids": own.ids, "currency_id": currency},
            {"move_id": self.bill.id, "import_ids": own.ids, "number": "G02"},
            {
                "move_id": invoice.id,
                "import_ids": own.ids,
                "number": "G02",
                "currency_id": currency,
            },
            {
                "move_id": document.id,
                "import_ids": (own | self.bill.msp_import_ids).ids,
                "number": "G01",
                "currency_id": currency,
            },
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                self._forge(**values).action_match()

    def test_wizard_matches_files_of_one_provider_only(self):
        own = self._import(self._row(10, month=2), name="february.csv")
        other = self.provider.copy({"name": "Other", "code": "other"})
        self.env["msp.import"].flush_model()
        foreign = self._import(self._row(7, month=3), name="march.csv")
        self.env.cr.execute(
            "UPDATE msp_import SET provider_id = %s WHERE id = %s",
            [other.id, foreign.id],
        )
        self.env.invalidate_all()
        document = self.env["account.move"].create(
            {"move_type": "in_invoice", "partner_id": self.vendor.id}
        )
        line = self._forge(
            move_id=document.id,
            import_ids=(own | foreign).ids,
            number="G02",
            currency_id=self.currency.id,
        )
        with self.assertRaises(UserError):
            line.action_match()
