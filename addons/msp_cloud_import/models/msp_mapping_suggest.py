from odoo import fields, models

from ..proposals import Evidence, choose

# Names alone, however similar, stay below what is accepted in bulk (90).
SIMILAR_FROM, SIMILAR_TO = 60, 84
SAME_WORDS = 86
SAME_NAME = 90
# How many candidates are named where none leads.
CANDIDATES = 4


class MspMappingMixin(models.AbstractModel):
    """What an open assignment may be: the evidence, weighed."""

    _inherit = "msp.mapping.mixin"

    _suggested = None

    suggestion_score = fields.Integer(
        "Points",
        readonly=True,
        aggregator=None,
        help="0 to 100: how sure the suggestion is. Numbers that identify somebody "
        "count most, names least.",
    )

    def _suggest(self):
        """Store for open mappings what they may be, with points and reason.

        The number of queries does not depend on how many there are.
        """
        mappings = self.with_prefetch()
        mappings.check_access("write")
        todo = mappings.filtered(lambda mapping: mapping.state == "open")
        for company, own in todo.grouped("company_id").items():
            own._store_proposals(
                {
                    mapping: choose(evidence)
                    for mapping, evidence in own._find_evidence(company)
                }
            )

    def _find_evidence(self, company):
        """Return (mapping, its evidence) for mappings of one company."""
        return [(mapping, ()) for mapping in self]

    def _store_proposals(self, proposals):
        """Store {mapping: `proposals.Proposal`}."""
        target = self.env[self._fields[self._target].comodel_name]
        ids = {proposal.best.key for proposal in proposals.values() if proposal.best}
        ids.update(key for one in proposals.values() for key in one.rivals)
        # Suggested is only what whoever looks for it may see.
        known = set(target.browse(sorted(ids))._filtered_access("read").ids)
        sentences = self._get_reasons()
        near = {key for one in proposals.values() for key in one.rivals} & known
        names = {one.id: one.display_name for one in target.browse(sorted(near))}
        for mapping, proposal in proposals.items():
            best = (
                proposal.best if proposal.best and proposal.best.key in known else None
            )
            rivals = [names[key] for key in proposal.rivals if key in names]
            reason = False
            if best:
                reason = self._explain(best, sentences)
            elif rivals:
                reason = self.env._(
                    "Several fit, so choose: %s",
                    ", ".join(rivals[:CANDIDATES]),
                )
            vals = {
                self._suggested: best.key if best else False,
                "suggestion_score": proposal.score if best else 0,
                "suggestion_reason": reason,
            }
            if any(
                (mapping[name].id if name == self._suggested else mapping[name])
                != value
                for name, value in vals.items()
            ):
                # sudo: checked once for all, not by a query for each
                mapping.sudo().write(vals)

    def _explain(self, evidence, sentences):
        """Return why `evidence` speaks for a suggestion."""
        return sentences[evidence.kind] % {"detail": evidence.detail}

    def _get_reasons(self):
        """Return {kind of evidence: sentence with %(detail)s}."""
        return {
            "name": self.env._("same name"),
            "words": self.env._("same name but for legal form or spelling: %(detail)s"),
            "similar": self.env._("similar name: %(detail)s"),
        }


def similar_names(found, names, same):
    """Return the evidence of names that are alike.

    :param found: (key, percent from 80 to 100) as `NameIndex.find` returns it
    :param names: {key: name} for people
    :param same: keys whose name is the same, which says it already
    """
    return [
        Evidence(
            key,
            SAME_WORDS
            if percent >= 100
            else round(
                SIMILAR_FROM + (percent - 80) / 20 * (SIMILAR_TO - SIMILAR_FROM)
            ),
            "words" if percent >= 100 else "similar",
            names[key],
        )
        for key, percent in found
        if key not in same
    ]
