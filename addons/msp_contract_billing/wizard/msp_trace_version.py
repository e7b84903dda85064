from collections import defaultdict

from odoo import api, models
from odoo.tools import format_date, format_datetime

from .msp_trace_node import Node, of_positions


class MspTrace(models.TransientModel):
    """The beginning of the chain: versions and what caused them."""

    _inherit = "msp.trace"

    @api.model
    def _trace_versions(self, versions):
        """Return the chains of versions: what caused them, and what rests on them."""
        # sudo: what the reader may not see becomes a link without content
        versions = versions.sudo()
        label = self.env._("Charge that rests on it")
        charges = self._charges_on(versions)
        every = self.env["msp.charge"].sudo().union(*charges.values())
        nodes = self._charge_nodes(every, label, with_causes=False)
        sources = self._trace_sources(versions)
        nothing = Node(
            "charge", label, self.env._("None: nothing of it is billed yet.")
        )
        result = []
        for version in versions:
            root = self._version_node(version, self.env._("Version"))
            billed = [nodes[charge.id] for charge in charges[version.id]]
            root.children = [*sources.get(version.id, ()), *(billed or [nothing])]
            result.append(root)
        return result

    @api.model
    def _charges_on(self, versions):
        """Return the charges that rest on each version, by its id, in order of days."""
        by_key = {(one.contract_id.id, one.number): one.id for one in versions}
        found = defaultdict(list)
        charges = versions._caused_charges()
        for charge in charges:
            for number in charge.version_numbers or ():
                found[by_key.get((charge.contract_id.id, number))].append(charge.id)
        return {one.id: charges.browse(found[one.id]) for one in versions}

    @api.model
    def _versions_of(self, charges):
        """Return the versions that charges rest on, by (contract id, number)."""
        numbers = {number for one in charges for number in one.version_numbers or ()}
        versions = charges.env["msp.contract.version"].search(
            [
                ("contract_id", "in", charges.contract_id.ids),
                ("number", "in", sorted(numbers)),
            ]
        )
        return {(one.contract_id.id, one.number): one for one in versions}

    @api.model
    def _cause_nodes(self, charges, versions):
        """Return the links of the versions that each charge rests on, by its id.

        A correction rests on versions that its claims knew nothing of, and its claims
        on some that no longer hold: both are why there is a correction.

        :param charges: as superuser
        :param versions: by (contract id, number), all that charges and claims rest on
        """
        env = self.env
        labels = {
            (True, True): env._("Rests on"),
            (True, False): env._("Rests on, new since its claims"),
            (False, True): env._("Its claims rested on"),
        }
        # sudo: what the reader may not see becomes a link without content
        every = self.env["msp.contract.version"].sudo().union(*versions.values())
        readable = self._readable(every)
        sources = self._trace_sources(every)
        words = {
            version.id: (
                self._describe_version(version),
                self._changes_by_position(version),
            )
            for version in every
            if version.id in readable
        }
        known = {}
        result = {}
        for charge in charges:
            position = charge.position_id
            own = set(charge.version_numbers or ())
            claimed = _numbers_of(charge.compared_charge_ids)
            result[charge.id] = []
            for number in sorted(own | claimed):
                version = versions.get((charge.contract_id.id, number))
                if not version:
                    continue
                # Claims that were taken over rest on no version.
                label = labels[number in own, number in claimed or not claimed]
                key = (version.id, position.id, label)
                if key not in known:
                    known[key] = self._hidden("version", label, version.display_name)
                    if version.id in words:
                        known[key] = self._short_version_node(
                            version, label, position, *words[version.id]
                        )
                        known[key].children = of_positions(
                            sources.get(version.id, ()), position.ids
                        )
                result[charge.id].append(known[key])
        return result

    @api.model
    def _short_version_node(self, version, label, position, details, changes):
        """Return the link of a version with what it does to `position` in its title.

        :param details: result of `_describe_version`
        :param changes: result of `_changes_by_position`
        """
        said = "; ".join(_pick(changes, position.ids))
        return Node(
            "version",
            label,
            ": ".join(filter(None, (self._name_version(version), said))),
            details,
            day=version.date_start,
            record=version.with_env(self.env),
            position_id=position.id,
        )

    @api.model
    def _version_node(self, version, label, position_ids=None):
        """Return the link of a version that the user may read, with nothing below it.

        :param position_ids: says only what the version does to these and to the terms
        """
        changes = _pick(self._changes_by_position(version), position_ids)
        return Node(
            "version",
            label,
            self._name_version(version),
            [*changes, *self._describe_version(version)],
            day=version.date_start,
            record=version.with_env(self.env),
        )

    @api.model
    def _changes_by_position(self, version):
        """Return what a version changes, in words, by position id; terms by False."""
        result = defaultdict(list)
        for change in version.change_ids:
            result[change.position_id.id].append(change.summary or "")
        return result

    @api.model
    def _name_version(self, version):
        name = self.env._(
            "%(version)s from %(day)s",
            version=version.display_name,
            day=format_date(self.env, version.date_start),
        )
        if not version.date_end:
            return name
        return self.env._(
            "%(version)s until %(day)s",
            version=name,
            day=format_date(self.env, version.date_end),
        )

    @api.model
    def _describe_version(self, version):
        """Return why a version was made, by whom and when."""
        env = self.env
        causes = dict(version._fields["cause"]._description_selection(env))
        details = [
            ": ".join(filter(None, (causes[version.cause], version.reason))),
            env._("Recorded by %s", self._by(version.user_id, version.activated_at)),
        ]
        if version.approval_state == "approved":
            who = self._by(version.decided_by_id, version.decided_at)
            details.append(env._("Approved by %s", who))
        if version.state == "draft":
            details.append(env._("A draft: it has no effect yet."))
        if version.state == "withdrawn":
            details.append(
                env._(
                    "Withdrawn by %(who)s: %(reason)s",
                    who=self._by(version.withdrawn_by_id, version.withdrawn_at),
                    reason=version.withdraw_reason or env._("no reason given"),
                )
            )
        return details

    @api.model
    def _by(self, user, moment):
        """Return who did something and when, in the reader's time zone."""
        if not moment:
            return user.name
        return self.env._(
            "%(user)s on %(moment)s",
            user=user.name,
            moment=format_datetime(self.env, moment, dt_format="short"),
        )


def _numbers_of(charges):
    """Return the numbers of the versions that `charges` rest on."""
    return {number for charge in charges for number in charge.version_numbers or ()}


def _pick(changes, position_ids):
    """Return the words about the terms and about positions, all if None."""
    return [
        text
        for position_id, texts in changes.items()
        if position_ids is None or not position_id or position_id in position_ids
        for text in texts
    ]
