from odoo import Command

from .common import ContractCommon, day

ACTIVITY = "msp_contract_billing.mail_activity_type_version_approval"


class ApprovalCommon(ContractCommon):
    """A contract of 12 x 12.50 per month, its account manager and a colleague."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.anna = cls._role_user("anna", "group_account_manager")
        cls.ben = cls._role_user("ben", "group_account_manager")
        cls.chief = cls._role_user("chief", "group_version_approver")
        cls.contract = cls._contract(
            day(1), [(cls.seats, 12, 12.50)], user_id=cls.anna.id
        )
        cls.position = cls.contract.position_ids

    def _limit(self, **limits):
        self.company.write({f"msp_limit_{name}": v for name, v in limits.items()})

    def _draft(self, user, start=None, contract=None, **values):
        """Return a draft of `user`: a quantity, a price or whole changes."""
        change = {"action": "set", "position_id": self.position.id}
        if "quantity" in values:
            change.update(quantity_mode="set", quantity=values.pop("quantity"))
        if "price" in values:
            change.update(sets_price=True, price_unit=values.pop("price"))
        return (
            self.env["msp.contract.version"]
            .with_user(user)
            .create(
                {
                    "contract_id": (contract or self.contract).id,
                    "date_start": start or day(4),
                    "change_ids": [
                        Command.create(vals)
                        for vals in values.pop("changes", None) or [change]
                    ],
                    **values,
                }
            )
        )

    def _asked(self, user=None, **values):
        """Return a draft of `user` that waits for an approval."""
        draft = self._draft(user or self.ben, **values)
        action = draft.action_activate()
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(draft.approval_state, "waiting")
        return draft

    def _refuse(self, draft, user, reason="too much"):
        wizard = self.env["msp.contract.version.refuse"].with_user(user)
        wizard = wizard.create(
            {"version_ids": [Command.set(draft.ids)], "reason": reason}
        )
        return wizard.action_refuse()

    def _activities(self):
        return self.contract.activity_search([ACTIVITY])
