from datetime import datetime, timedelta

from odoo.tests import HttpCase

from .common import ContractCommon


class JsonCommon(ContractCommon, HttpCase):
    """Calls over the wire, with an API key of a user."""

    def _call(self, user, model, method, **arguments):
        """Return (status, answer) of a call with an API key of `user`."""
        key = (
            self.env["res.users.apikeys"]
            .with_user(user)
            .sudo()
            ._generate("rpc", "test", datetime.now() + timedelta(days=1))
        )
        self.env.flush_all()
        answer = self.url_open(
            f"/json/2/{model}/{method}",
            json=arguments,
            headers={"Authorization": f"bearer {key}"},
        )
        return answer.status_code, answer.json()

    def _assert_refused(self, user, model, method, **arguments):
        status, answer = self._call(user, model, method, **arguments)
        self.assertGreaterEqual(status, 400, answer)
        self.assertLess(status, 500, answer)
