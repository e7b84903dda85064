"""Contracts and positions that somebody names in a quotation."""

from odoo.exceptions import AccessError


def named(record, name):
    """Return what field `name` of an order or of its line names, with all rights.

    sudo: whoever sells need not read contracts. A form may name any of them, and is
    told what follows before Odoo compares the companies on saving; so what is not
    stored yet must belong to a company of the user.

    :raise AccessError: it belongs to a company that the user does not have
    """
    found = record.sudo()[name]
    if record.id or not found or found == record._origin.sudo()[name]:
        return found
    if found.company_id not in record.env.user.company_ids:
        raise AccessError(
            record.env._(
                '"%(field)s" names what belongs to another company. Choose what belongs '
                "to yours.",
                field=record._fields[name]._description_string(record.env),
            )
        )
    return found
