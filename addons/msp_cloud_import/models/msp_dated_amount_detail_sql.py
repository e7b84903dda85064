"""Usage in files of several kinds, as SQL: what is the same, and which says more."""

from odoo.tools import SQL

# Kinds of files that say the same usage, the most detailed last: the invoice has a sum
# per plan, the others have it by day and resource.
KINDS = ("microsoft_nce", "focus", "azure_cost", "microsoft_daily")
# Usage and credits are compared apart: a file without credits says nothing of them.
EVENTS = ("usage", "credit")
# Whether row "d" says in detail what row "v" says; see `query_usage`. The sum of a
# plan and an Azure subscription have no more than customer and month in common.
SAYS_MORE = SQL(
    """
    d.detail > v.detail AND d.provider_id = v.provider_id
    AND d.company_id = v.company_id AND d.partner_id = v.partner_id
    AND d.event = v.event AND d.month = v.month
    AND CASE WHEN d.plan != '' AND v.plan != '' THEN d.plan = v.plan
             WHEN d.azure != '' AND v.azure != '' THEN d.azure = v.azure
             ELSE v.plan != '' AND v.azure = '' AND d.azure != '' END
    """
)
# What makes two rows of one usage, of those that `query_usage` yields as "u".
SUBJECT = SQL(
    "u.provider_id, u.company_id, u.partner_id, u.event, u.month, u.plan, u.azure, "
    "u.detail"
)


def query_usage(condition):
    """Return the query of rows of usage, and what makes two of them the same usage.

    :param condition: on rows "c" of imports "i"
    """
    return SQL(
        """
        SELECT c.id AS row_id, c.import_id, c.provider_id, c.company_id, c.partner_id,
               c.event, lower(COALESCE(c.subscription_id, '')) AS plan,
               lower(COALESCE(c.sub_subscription_id, CASE WHEN i.format_id = 'focus'
                 THEN substring(c.sub_account_id FROM '[0-9A-Fa-f]{8}-[0-9A-Fa-f-]{27}$')
                 END, '')) AS azure,
               -- What was used late comes with the month that is billed.
               date_trunc('month', CASE
                 WHEN 'late' = ANY(string_to_array(c.flags, ' '))
                 THEN COALESCE(i.month, c.charge_period_start)
                 ELSE c.charge_period_start END)::date AS month,
               array_position(%(kinds)s, i.format_id::text) AS detail
          FROM msp_provider_charge c JOIN msp_import i ON i.id = c.import_id
         WHERE c.is_amount AND c.event = ANY(%(events)s) AND c.partner_id IS NOT NULL
           AND i.format_id = ANY(%(kinds)s) AND %(condition)s
        """,
        kinds=list(KINDS),
        events=list(EVENTS),
        condition=condition,
    )
