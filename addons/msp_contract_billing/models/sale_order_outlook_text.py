from datetime import date
from decimal import Decimal
from itertools import zip_longest

from odoo import models
from odoo.tools import format_date

from .wording import describe_per, describe_rhythm, describe_timing, format_price

#: More products are not named in a title.
MOST_NAMES = 3


class SaleOrder(models.Model):
    """What is billed, in sentences for the customer."""

    _inherit = "sale.order"

    def _msp_get_outlook_title(self, outlook):
        """Return what the amounts are, with or without taxes."""
        taxes = {contract["taxes"] for contract in outlook}
        if taxes == {"excluded"}:
            return self.env._("What is billed (untaxed)")
        if taxes == {"included"}:
            return self.env._("What is billed (taxes included)")
        return self.env._("What is billed (at the prices above)")

    def _msp_is_outlook_assumed(self):
        """Return whether the days are those of an order that is placed today."""
        return self._msp_is_open() and not self.msp_date_start

    def _msp_get_outlook_blocks(self, outlook):
        """Return (title, sentences) of each rhythm and of what else is to be said.

        In the language of the environment.

        :param outlook: as `_msp_get_outlook` returns it
        """
        blocks = []
        for number, contract in enumerate(outlook, 1):
            title = ""
            if contract["contract"]:
                title = self.env._("Contract %s", contract["contract"])
            elif len(outlook) > 1:
                title = self.env._("Contract %s", number)
            for stream in contract["streams"]:
                told = self._msp_tell_stream(stream)
                blocks.append((self._msp_tell_rhythm(title, stream), told))
            for wait in contract["waits"]:
                blocks.append(
                    (self._msp_tell_wait(title, wait), self._msp_tell_amounts(wait))
                )
            rest = self._msp_tell_contract(contract)
            if rest and len(contract["streams"]) == 1 and not contract["waits"]:
                blocks[-1][1].extend(rest)
            elif rest:
                blocks.append((title or self.env._("The contract"), rest))
        return blocks

    def _msp_tell_rhythm(self, title, stream):
        rhythm = describe_rhythm(self.env, stream["every"], stream["unit"])
        if stream["unit"] == "month" and stream["every"] in (3, 12):
            unit = {3: "quarter", 12: "year"}[stream["every"]]
            rhythm = describe_rhythm(self.env, 1, unit)
        timing = describe_timing(self.env, stream["timing"])
        parts = [f"{rhythm}, {timing}"]
        if title:
            parts.insert(0, title)
        if names := stream["names"]:
            more = self.env._("and more") if len(names) > MOST_NAMES else ""
            parts.append(", ".join(filter(None, [*names[:MOST_NAMES], more])))
        return " · ".join(parts)

    def _msp_tell_stream(self, stream):
        sentences = []
        if first := stream["first"]:
            sentences.append(
                self.env._(
                    "First invoice on %(day)s for %(days)s: %(amount)s",
                    day=self._msp_tell_day(first["day"]),
                    days=self._msp_tell_days(first),
                    amount=self._msp_tell_amount(first["amount"]),
                )
            )
        if stream["rest_last"] and Decimal(stream["rest"]):
            sentences.append(self._msp_tell_rest(stream))
        follows = first and first["last"]
        steps = stream["steps"]
        for step, after in zip_longest(steps, steps[1:]):
            is_next = follows and _follows(follows, step)
            ends = step["last"] if not _is_followed(step, after) else False
            sentences.append(self._msp_tell_step(stream, step, is_next, ends))
            follows = False
        if coming := stream["next"]:
            sentences.append(
                self.env._(
                    "Next invoice on %(day)s: %(amount)s",
                    day=self._msp_tell_day(coming["day"]),
                    amount=self._msp_tell_amount(coming["amount"]),
                )
            )
        return sentences

    def _msp_tell_rest(self, stream):
        rest = Decimal(stream["rest"])
        values = {
            "day": self._msp_tell_day(stream["rest_last"]),
            "amount": self._msp_tell_amount(abs(rest)),
        }
        if rest > 0:
            return self.env._("Until %(day)s: %(amount)s more, once", **values)
        return self.env._(
            "Until %(day)s: %(amount)s less, credited where it is billed already",
            **values,
        )

    def _msp_tell_step(self, stream, step, is_next, ends):
        """Return what a step costs.

        :param is_next: whether it comes right after the first invoice
        :param ends: last day to be named, False if none
        """
        amount = self._msp_tell_range(step["amount"])
        per = describe_per(self.env, stream["every"], stream["unit"])
        values = {
            "first": self._msp_tell_day(step["start"]),
            "last": ends and self._msp_tell_day(ends),
            "amount": amount if step["is_part"] else f"{amount} {per}",
        }
        if not stream["is_new"]:
            values["amount"] = self.env._(
                "%(amount)s instead of %(old)s",
                amount=values["amount"],
                old=self._msp_tell_range(step["old"]),
            )
        if step["is_part"]:
            values["last"] = self._msp_tell_day(step["last"] or step["start"])
            return self.env._("%(first)s – %(last)s: %(amount)s", **values)
        if is_next and ends:
            return self.env._("Then %(amount)s, until %(last)s", **values)
        if is_next:
            return self.env._("Then %(amount)s", **values)
        if ends:
            return self.env._("From %(first)s to %(last)s: %(amount)s", **values)
        return self.env._("From %(first)s: %(amount)s", **values)

    def _msp_tell_wait(self, title, wait):
        awaited = {
            "acceptance": self.env._("From delivery or acceptance on"),
            "provider": self.env._("From the first day at the provider on"),
        }
        parts = [title, awaited[wait["awaits"]], ", ".join(wait["names"])]
        return " · ".join(filter(None, parts))

    def _msp_tell_amounts(self, wait):
        """Return what is billed regularly, whenever it begins."""
        sentences = []
        for stream in wait["streams"]:
            steps = [step for step in stream["steps"] if not step["is_part"]]
            for step in steps[:1]:
                added = [
                    str(Decimal(new) - Decimal(old))
                    for new, old in zip(step["amount"], step["old"], strict=True)
                ]
                per = describe_per(self.env, stream["every"], stream["unit"])
                sentences.append(f"{self._msp_tell_range(added)} {per}")
        if months := wait.get("months"):
            sentences.append(self.env._("for %s months", months))
        elif last := wait.get("until"):
            sentences.append(self.env._("until %s", self._msp_tell_day(last)))
        return sentences

    def _msp_tell_contract(self, contract):
        """Return what is to be said of the contract as a whole."""
        sentences = []
        if commitment := contract["commitment"]:
            template = self.env["msp.contract.template"].sudo().new(commitment)
            label = template._get_commitment_label()
            sentences.append(self.env._("Agreed: %s", label))
        if last := contract["last"]:
            day = self._msp_tell_day(last)
            sentences.append(self.env._("The contract ends on %s", day))
        if others := contract["others"]:
            sentences.append(
                self.env._("In addition, as it is used: %s", ", ".join(others))
            )
        return sentences

    def _msp_tell_day(self, text):
        return format_date(self.env, date.fromisoformat(text))

    def _msp_tell_days(self, invoice):
        return self.env._(
            "%(first)s – %(last)s",
            first=self._msp_tell_day(invoice["start"]),
            last=self._msp_tell_day(invoice["last"]),
        )

    def _msp_tell_amount(self, amount):
        return format_price(self.env, self.currency_id, Decimal(amount))

    def _msp_tell_range(self, amounts):
        lowest, highest = map(self._msp_tell_amount, amounts)
        return lowest if lowest == highest else f"{lowest} – {highest}"


def _follows(last, step):
    """Return whether a step begins on the day after `last`, and is no part."""
    days = date.fromisoformat(step["start"]) - date.fromisoformat(last)
    return days.days == 1 and not step["is_part"]


def _is_followed(step, after):
    """Return whether the next sentence says when the step ends."""
    if not step["last"]:
        return True
    if not after:
        return False
    days = date.fromisoformat(after["start"]) - date.fromisoformat(step["last"])
    return days.days == 1
