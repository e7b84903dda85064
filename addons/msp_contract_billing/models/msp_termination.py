from odoo import fields, models


class MspTermination(models.Model):
    """One termination, whole or in part, with what it costs per month: for reports.

    A view on active versions: money is that of the lines as they are now, so a price
    that changes before the last day counts.
    """

    _name = "msp.termination"
    _description = "Termination"
    _inherit = "msp.action.mixin"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "contract_id"

    version_id = fields.Many2one("msp.contract.version", readonly=True)
    contract_id = fields.Many2one("msp.contract", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    commercial_partner_id = fields.Many2one(
        "res.partner", "Company of the Customer", readonly=True
    )
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    user_id = fields.Many2one("res.users", "Account Manager", readonly=True)
    recorded_by_id = fields.Many2one("res.users", readonly=True)
    churn_reason_id = fields.Many2one("msp.churn.reason", "Reason", readonly=True)
    note = fields.Char(readonly=True)
    kind = fields.Selection(
        [("whole", "Whole contract"), ("part", "A part")], "Ends", readonly=True
    )
    notice_date = fields.Date("Notice Received", readonly=True)
    date = fields.Date("Last Day", readonly=True)
    amount_month = fields.Monetary(
        "Lost per Month",
        readonly=True,
        help="What was billed per month on the last day and is no longer, without tax.",
    )

    _depends = {
        "msp.contract": [
            "partner_id",
            "commercial_partner_id",
            "company_id",
            "currency_id",
            "user_id",
        ],
        "msp.contract.version": [
            "contract_id",
            "state",
            "cause",
            "reason",
            "churn_reason_id",
            "notice_date",
            "date_start",
            "user_id",
        ],
        "msp.contract.change": ["version_id", "action", "position_id"],
        "msp.contract.line": [
            "contract_id",
            "position_id",
            "date_start",
            "date_end",
            "amount_month",
        ],
    }

    @property
    def _table_query(self):
        return """
            SELECT version.id AS id,
                   version.id AS version_id,
                   version.contract_id,
                   contract.partner_id,
                   contract.commercial_partner_id,
                   contract.company_id,
                   contract.currency_id,
                   contract.user_id,
                   version.user_id AS recorded_by_id,
                   version.churn_reason_id,
                   version.reason AS note,
                   CASE WHEN ended.whole THEN 'whole' ELSE 'part' END AS kind,
                   version.notice_date,
                   version.date_start - 1 AS date,
                   COALESCE(money.before - money.after, 0) AS amount_month
              FROM msp_contract_version version
              JOIN msp_contract contract ON contract.id = version.contract_id
              JOIN LATERAL (
                    SELECT bool_or(change.action = 'terminate') AS whole,
                           array_agg(change.position_id) AS positions
                      FROM msp_contract_change change
                     WHERE change.version_id = version.id
                   ) ended ON TRUE
              LEFT JOIN LATERAL (
                    SELECT SUM(CASE WHEN line.date_start < version.date_start
                                     AND (line.date_end IS NULL
                                          OR line.date_end >= version.date_start - 1)
                               THEN line.amount_month ELSE 0 END) AS before,
                           SUM(CASE WHEN line.date_start <= version.date_start
                                     AND (line.date_end IS NULL
                                          OR line.date_end >= version.date_start)
                               THEN line.amount_month ELSE 0 END) AS after
                      FROM msp_contract_line line
                     WHERE line.contract_id = version.contract_id
                       AND (ended.whole OR line.position_id = ANY(ended.positions))
                   ) money ON TRUE
             WHERE version.state = 'active'
               AND (version.cause = 'termination'
                    OR version.churn_reason_id IS NOT NULL)
        """

    def action_open(self):
        self.ensure_one()
        return self._action_open(self.contract_id)

    def action_revoke(self):
        """Open the question why this is not ended after all."""
        return {
            **self.version_id.action_withdraw(),
            "name": self.env._("Revoke the Termination"),
        }
