from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount
from odoo.tools.date_utils import end_of

MISSING_RULES = [
    ("ask", "Show it"),
    ("end", "End it"),
    ("ignore", "Say nothing"),
]


class MspProvider(models.Model):
    _inherit = "msp.provider"

    files_are_complete = fields.Boolean(
        help="A file of a month names everything that the provider has. Only then may "
        "what it does not name be ended.",
    )
    missing_rule = fields.Selection(
        MISSING_RULES,
        "Under Contract but Not in the File",
        required=True,
        default="ask",
        help="Show it: somebody may end it. End it: proposed as an end, if files are "
        "complete, all rows were read and assigned, and the file agrees with the total "
        "of the provider's invoice.",
    )


class MspImport(models.Model):
    """Step 3: what is under contract and not in the file, for days it speaks of.

    It is shown and does nothing. A missing row ends something only if the provider's
    files are complete, this one is, and a person or the provider's rule says so.
    """

    _inherit = "msp.import"

    def _propose_missing(self, done, excluded, decisions):
        """Store what the file does not mention, one change per position."""
        if self.provider_id.missing_rule == "ignore" or not self.month:
            return
        first = max(self.month, self.date_start)
        last = end_of(self.month, "month")
        # Rows without a last day say nothing about where the file ends.
        last = min(last, self.date_end or last)
        found = self._find_missing(first, last)
        positions = self.env["msp.contract.position"].browse([row[0] for row in found])
        positions.mapped("line_ids.quantity")
        said = self._find_said_contracts()
        incomplete = self._explain_incomplete()
        vals_list = []
        for position, (_id, subscription, article, covered) in zip(
            positions, found, strict=True
        ):
            day = max(first, position.date_start)
            if covered:
                day = max(day, covered + timedelta(days=1))
            line = position._line_on(day)
            key = (subscription or "", article or "", "", f"@{position.id}", day)
            if day > last or not line.quantity or key in done:
                continue
            if line._dated():
                # What is not used in a month is not gone.
                continue
            decision = decisions.get(key, {})
            vals = self._prepare_missing(position, line, day, subscription, article)
            vals.update(decision)
            self._decide_missing(vals, incomplete)
            if key in excluded:
                vals.update(state="excluded", error=excluded[key])
            vals["flags"] = {"missing"}
            if position.contract_id.id not in said:
                vals["flags"].add("no_row")
            vals_list.append(vals)
        self._look_at(vals_list, self.env["msp.provider.charge"])
        self._store_proposals(vals_list)

    def _prepare_missing(self, position, line, day, subscription, article):
        return {
            "import_id": self.id,
            "company_id": self.company_id.id,
            "provider_charge_ids": [(6, 0, [])],
            "partner_id": position.contract_id.partner_id.id,
            "product_id": position.product_id.id,
            "subscription_id": subscription,
            "sku_id": article,
            "term": "",
            "billing_plan": "",
            "contract_id": position.contract_id.id,
            "position_id": position.id,
            "kind": "missing",
            "is_missing": True,
            "date_start": day,
            "file_date": day,
            "quantity": 0.0,
            "old_quantity": line.quantity,
            "has_content": True,
            "content_quantity": line.quantity,
            "difference": 0.0,
            "cost": 0.0,
            "cost_currency_id": self.currency_id.id,
        }

    def _decide_missing(self, vals, incomplete):
        """Let what is missing end if all that is needed for it is there."""
        is_decided = vals.get("decision") == "end"
        wants_end = is_decided or self.provider_id.missing_rule == "end"
        text = self.env._("The file says nothing of it")
        if wants_end and not incomplete:
            user = self.env["res.users"].browse(vals.get("decided_by_id") or ())
            vals.update(
                kind="end",
                state="proposed",
                error=self.env._(
                    "%(text)s; ended by %(user)s", text=text, user=user.name
                )
                if is_decided
                else self.env._("%s; ended by the rule of the provider", text),
            )
            return
        if wants_end:
            text = self.env._(
                "%(text)s; it is not ended: %(why)s", text=text, why=incomplete
            )
        vals.update(state="info", error=text)

    def _find_missing(self, first, last):
        """Return (position id, subscription, article, last day files speak of).

        Positions with content in these days that are this provider's: by their
        subscription, or, without any, by their product; unless the file names them.
        What other files have said of longer periods holds until their end.
        """
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                WITH own AS (
                  SELECT DISTINCT ON (p.id) p.id, p.product_id, m.subscription_id,
                         m.sku_id, k.commercial_partner_id
                    FROM msp_contract_position p
                    JOIN msp_contract k ON k.id = p.contract_id
                    LEFT JOIN msp_position_share h ON h.position_id = p.id
                    LEFT JOIN msp_position_mapping m
                      ON m.provider_id = %(provider)s AND m.company_id = %(company)s
                     AND (m.position_id = p.id OR m.id = h.mapping_id)
                   WHERE k.company_id = %(company)s AND k.state = 'active'
                     AND EXISTS (
                       SELECT 1 FROM msp_contract_line l
                        WHERE l.position_id = p.id AND l.quantity != 0
                          -- Amounts come in files of their own, if there are any.
                          AND l.pricing->>'model' IS DISTINCT FROM 'amounts'
                          AND l.date_start <= %(last)s
                          AND (l.date_end IS NULL OR l.date_end >= %(first)s))
                     AND p.id NOT IN (
                       SELECT x.position_id FROM msp_import_change x
                        WHERE x.import_id = %(id)s AND x.position_id IS NOT NULL)
                     AND (m.id IS NOT NULL OR (
                       NOT EXISTS (SELECT 1 FROM msp_position_mapping o
                                    WHERE o.position_id = p.id)
                       AND EXISTS (
                         SELECT 1 FROM msp_product_mapping a
                          WHERE a.provider_id = %(provider)s
                            AND a.company_id = %(company)s
                            AND a.product_id = p.product_id
                            AND a.billing_mode = 'quantity'
                            AND a.is_ignored IS NOT TRUE)))
                   ORDER BY p.id, m.id DESC
                ), spoken AS (
                  SELECT c.subscription_id, c.product_id, r.commercial_partner_id,
                         c.import_id = %(id)s AS is_here, c.charge_date_end
                    FROM msp_provider_charge c
                    JOIN msp_import i ON i.id = c.import_id
                    LEFT JOIN res_partner r ON r.id = c.partner_id
                   WHERE c.provider_id = %(provider)s AND c.company_id = %(company)s
                     AND c.is_quantity AND i.state != 'withdrawn'
                     AND i.is_count IS NOT TRUE
                     AND c.superseded_by_id IS NULL
                     AND (c.import_id = %(id)s OR c.charge_date_end IS NULL
                          OR c.charge_date_end >= %(first)s)
                     AND (c.subscription_id IN (SELECT subscription_id FROM own)
                          OR c.product_id IN (SELECT product_id FROM own
                                               WHERE subscription_id IS NULL))
                ), by_subscription AS (
                  SELECT subscription_id, bool_or(is_here) AS is_here,
                         max(COALESCE(charge_date_end, 'infinity')) AS until
                    FROM spoken GROUP BY 1
                ), by_product AS (
                  SELECT product_id, commercial_partner_id, bool_or(is_here) AS is_here,
                         max(COALESCE(charge_date_end, 'infinity')) AS until
                    FROM spoken GROUP BY 1, 2
                )
                SELECT o.id, o.subscription_id, o.sku_id,
                       NULLIF(COALESCE(s.until, b.until), 'infinity')
                  FROM own o
                  LEFT JOIN by_subscription s ON s.subscription_id = o.subscription_id
                  LEFT JOIN by_product b
                    ON o.subscription_id IS NULL AND b.product_id = o.product_id
                   AND b.commercial_partner_id = o.commercial_partner_id
                 WHERE EXISTS (SELECT 1 FROM msp_provider_charge q
                                WHERE q.import_id = %(id)s AND q.is_quantity)
                   -- Whose product it is, is not known before all are assigned.
                   AND (o.subscription_id IS NOT NULL OR NOT EXISTS (
                     SELECT 1 FROM msp_provider_charge q
                      WHERE q.import_id = %(id)s AND q.is_quantity
                        AND q.state IN ('unmapped_customer', 'unmapped_product')))
                   AND COALESCE(s.is_here, b.is_here) IS NOT TRUE
                   AND COALESCE(s.until, b.until, '-infinity') < %(last)s
                 ORDER BY o.id
                """,
                id=self.id,
                provider=self.provider_id.id,
                company=self.company_id.id,
                first=first,
                last=last,
            )
        )

    def _find_said_contracts(self):
        """Return the ids of the contracts of which the file says something."""
        groups = self.env["msp.import.change"]._read_group(
            [("import_id", "=", self.id), ("contract_id", "!=", False)],
            ["contract_id"],
        )
        return {contract.id for (contract,) in groups}

    def _explain_incomplete(self):
        """Return why nothing may end that the file does not name, or None."""
        env, provider = self.env, self.provider_id
        problems = self.problem_ids.filtered(
            lambda problem: problem.severity == "error" and not problem.is_ignored
        )
        if not provider.files_are_complete:
            return env._(
                "files of %s are not set to be complete", provider.display_name
            )
        if problems:
            return env._("%s rows of the file could not be read", len(problems))
        if self.open_customer_count or self.open_product_count:
            return env._("customers or articles of the file are not assigned")
        if not self.invoice_amount:
            return env._("the net total of the provider's invoice is not entered")
        if not self.currency_id.is_zero(self.amount_beyond_file):
            return env._(
                "the file differs by %s from the provider's invoice",
                format_amount(env, self.amount_beyond_file, self.currency_id),
            )
        return None


class MspImportChange(models.Model):
    _inherit = "msp.import.change"

    is_missing = fields.Boolean("Not in the File")

    def _key(self):
        key = super()._key()
        if not self.is_missing:
            return key
        return (*key[:3], f"@{self.position_id.id}", key[4])

    def action_end_missing(self):
        """End positions that the file does not name, if it is complete."""
        self.import_id.check_access("write")
        for change in self:
            if not change.is_missing:
                raise UserError(
                    self.env._(
                        "%s is in the file, so the file decides about it.",
                        change.summary,
                    )
                )
        for import_ in self.import_id:
            if why := import_._explain_incomplete():
                raise UserError(
                    self.env._(
                        "%(import)s does not prove that something has ended: %(why)s. "
                        "Mend this, or end the position by a version.",
                        **{"import": import_.name, "why": why},
                    )
                )
        return self._record_decision("end")
