from odoo import Command

from .common import ContractCommon


class RunCommon(ContractCommon):
    """Builders of runs that are looked at step by step."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.customer.write(
            {
                "street": "Hauptstr. 1",
                "city": "Berlin",
                "country_id": cls.env.ref("base.de").id,
                "email": "rechnung@muster.example",
            }
        )
        cls.cron = cls.env.ref("msp_contract_billing.ir_cron_continue_billing_runs")

    def _preview(self, until, contracts, kind="regular", user=None, **values):
        """Return a run over `contracts` with its preview."""
        run = (
            self.env["msp.billing.run"]
            .with_user(user or self.env.user)
            .create(
                {
                    "kind": kind,
                    "date_until": until,
                    "invoice_date": until,
                    "company_id": self.company.id,
                    "contract_ids": [Command.set(contracts.ids)],
                    **values,
                }
            )
        )
        run.action_preview()
        return run

    def _customer(self, name, **values):
        return self.env["res.partner"].create(
            {
                "name": name,
                "street": "Nebenstr. 2",
                "city": "Berlin",
                "country_id": self.env.ref("base.de").id,
                "email": f"{name.lower()}@kunde.example",
                **values,
            }
        )

    def _codes(self, run):
        """Return {contract: codes of its exceptions} of a run."""
        return {
            line.contract_id: line.exception_ids.mapped("code")
            for line in run.line_ids
            if line.exception_ids
        }

    def _parts(self, run):
        """Return {bucket: (positions, amount)} of a run, empty buckets left out."""
        run.env.flush_all()
        parts = run._equation_parts()
        return {
            bucket: (count, round(amount, 2))
            for bucket, (count, amount) in parts.items()
            if count or amount or bucket == "rest"
        }
