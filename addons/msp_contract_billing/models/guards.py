"""Guards that several models share; they hold for every caller, superuser included."""

from odoo.exceptions import UserError


def refuse_related(records, vals_list, names):
    """Refuse values of stored fields that follow from another record.

    Odoo would store them as they are given, and record rules look at them.
    """
    for vals in vals_list:
        for name in names:
            if name in vals:
                label = records._fields[name]._description_string(records.env)
                raise UserError(
                    records.env._(
                        '"%(field)s" of %(what)s follows from other records and cannot '
                        "be entered.",
                        field=label,
                        # sudo: the model's name in the user's language, no secret
                        what=records.env["ir.model"].sudo()._get(records._name).name,
                    )
                )
