from unittest.mock import patch

from odoo.tests import tagged

from .connection_common import ConnectionCommon


class Killed(BaseException):
    """The process is gone: nothing catches it."""


@tagged("post_install", "-at_install")
class TestSyncKilled(ConnectionCommon):
    """A sync whose process is killed at any commit is finished by the next."""

    def setUp(self):
        super().setUp()
        self._test()
        self.connection.count_rule = "show"

    def _run_killed(self, number, is_before):
        """Run the scheduler, killed at a commit; return whether it came so far."""
        model = self.registry["msp.sync"]
        original = model._commit
        left = [number]

        def commit(sync):
            left[0] -= 1
            if is_before and not left[0]:
                raise Killed
            original(sync)
            if not left[0]:
                raise Killed

        # Who is killed tidies up nothing.
        with (
            patch.object(model, "_commit", commit),
            patch.object(model, "_end_turn", lambda *_arguments: None),
        ):
            try:
                self._run_cron()
            except Killed:
                self.env.invalidate_all()
                return True
        return False

    def _sync_killed(self, number, is_before):
        invoice = f"G{number:03}{'b' if is_before else 'a'}"
        self.server.exports = {}
        self.server.add_export(
            invoice,
            "1",
            (f"{invoice}.csv", self._file(number + 3, InvoiceNumber=invoice)),
            looks=1,
        )
        self.connection.with_user(self.clerk).action_sync_now()
        sync = self.connection.last_sync_id
        was_killed = self._run_killed(number, is_before)
        for _attempt in range(5):
            if not sync.is_active:
                break
            sync._hurry()
            self._run_cron()
        found = (sync.state, sync.document_count, len(sync.import_ids))
        self.assertEqual(found, ("done", 1, 1), (number, is_before))
        self.assertEqual(sync.export_ids.state, "fetched")
        self.assertEqual((sync.read_count, sync.gone_count), (3, 0))
        return was_killed

    def test_at_every_commit(self):
        for is_before in (True, False):
            number = 1
            while self._sync_killed(number, is_before):
                number += 1
            self.assertGreater(number, 6)
        numbers = self.env["msp.subscription"].search(
            [("provider_id", "=", self.provider.id)]
        )
        self.assertEqual(len(numbers), 3)
        self.assertEqual(len(numbers.change_ids), 3)
