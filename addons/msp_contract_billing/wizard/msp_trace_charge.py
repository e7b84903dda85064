from odoo import api, models

from .msp_trace_node import Node


class MspTrace(models.TransientModel):
    """The middle of the chain: charges, and what they have to do with each other."""

    _inherit = "msp.trace"

    @api.model
    def _trace_charges(self, charges):
        """Return the chains of charges, to their causes and to what is booked."""
        # sudo: what the reader may not see becomes a link without content
        nodes = self._charge_nodes(charges.sudo(), self.env._("Charge"))
        return [nodes[charge.id] for charge in charges]

    @api.model
    def _trace_one_offs(self, one_offs):
        """Return the chains of one-off charges to what is booked."""
        label = self.env._("Billed as")
        # sudo: what the reader may not see becomes a link without content
        one_offs = one_offs.sudo()
        charges = one_offs.position_id.charge_ids
        nodes = self._charge_nodes(charges, label, with_causes=False)
        nothing = Node("charge", label, self.env._("Not billed yet."))
        result = []
        for one_off in one_offs:
            root = self._one_off_node(one_off, self.env._("One-off charge"))
            billed = [nodes[charge.id] for charge in one_off.position_id.charge_ids]
            root.children = billed or [nothing]
            result.append(root)
        return result

    @api.model
    def _charge_nodes(self, charges, label, with_causes=True, with_document=True):
        """Return the link of each charge, by its id, with what is around it.

        :param charges: as superuser
        :param with_causes: whether what they rest on comes below
        :param with_document: whether the invoice line that carries them comes below
        """
        readable = self._readable(charges)
        result = {
            charge.id: self._hidden_charge(charge, label)
            for charge in charges
            if charge.id not in readable
        }
        charges = charges.filtered(lambda charge: charge.id in readable)
        around = [self._run_nodes(charges), self._later_nodes(charges)]
        if with_document:
            around.insert(0, self._carrier_nodes(charges))
        if with_causes:
            around.insert(0, self._why_nodes(charges))
        for charge in charges:
            result[charge.id] = Node(
                "charge",
                label,
                self._name_charge(charge),
                self._describe_charge(charge),
                amount=charge.amount,
                currency=charge.currency_id,
                day=charge.date_start,
                record=charge.with_env(self.env),
                children=[node for nodes in around for node in nodes[charge.id]],
            )
        return result

    @api.model
    def _claim_node(self, charge, label, readable, children=()):
        """Return the link of a charge that another one has to do with.

        :param readable: ids of the charges that the user may read
        """
        if charge.id not in readable:
            return self._hidden_charge(charge, label)
        return Node(
            "charge",
            label,
            ", ".join(filter(None, (self._name_charge(charge), self._carrier(charge)))),
            [self._describe_standing(charge)],
            amount=charge.amount,
            currency=charge.currency_id,
            day=charge.date_start,
            record=charge.with_env(self.env),
            children=children,
        )

    @api.model
    def _hidden_charge(self, charge, label):
        contract = charge.contract_id.name
        return self._hidden("charge", label, self.env._("Contract %s", contract))

    @api.model
    def _carrier(self, charge):
        """Return the document on which a charge stands, in words."""
        if charge.move_id:
            return self._move_title(charge.move_id)
        return charge.opening_reference or ""

    # What a charge rests on

    @api.model
    def _why_nodes(self, charges):
        """Return what each charge rests on, by its id.

        Versions with their sources, a one-off charge, or a file of the earlier system;
        amounts from outside; the claims that a correction was compared with, or the
        one that a credit note takes back.
        """
        origins, claims = charges.origin_charge_id, charges.compared_charge_ids
        versions = self._versions_of(charges | origins | claims)
        causes = self._cause_nodes(charges | origins, versions)
        one_offs = self._one_off_nodes(charges | origins)
        amounts = self._amount_nodes(charges)
        openings = self._opening_nodes(charges | origins)
        readable = self._readable(origins | claims)
        result = {}
        for charge in charges:
            claim = charge.origin_charge_id or charge
            reasons = [*one_offs[claim.id], *openings[claim.id], *causes[claim.id]]
            if claim != charge:
                label = self.env._("Takes back")
                reasons = [self._claim_node(claim, label, readable, reasons)]
            result[charge.id] = [
                *reasons,
                *amounts[charge.id],
                *(
                    self._claim_node(claim, self.env._("Compared with"), readable)
                    for claim in charge.compared_charge_ids
                ),
            ]
        return result

    # What became of a charge

    @api.model
    def _carrier_nodes(self, charges):
        """Return where each charge stands, by its id: an invoice line, if any."""
        label = self.env._("Stands on")
        nodes = self._line_nodes(
            charges.move_line_id, label, is_apart=True, with_charges=False
        )
        return {
            charge.id: [nodes[line.id] for line in charge.move_line_id]
            for charge in charges
        }

    @api.model
    def _run_nodes(self, charges):
        """Return the billing run that made each charge, by its id."""
        readable = self._readable(charges.run_id)
        label = self.env._("Made by run")
        nodes = {}
        for run in charges.run_id:
            nodes[run.id] = self._hidden("run", label, run.name)
            if run.id in readable:
                kinds = dict(run._fields["kind"]._description_selection(self.env))
                by = self._by(run.create_uid, run.create_date)
                nodes[run.id] = Node(
                    "run",
                    label,
                    run.name,
                    [kinds[run.kind], self.env._("Started by %s", by)],
                    record=run.with_env(self.env),
                )
        return {
            charge.id: [nodes[run.id] for run in charge.run_id] for charge in charges
        }

    @api.model
    def _later_nodes(self, charges):
        """Return what takes each charge back, replaces or corrects it, by its id."""
        corrections = charges.search([("compared_charge_ids", "in", charges.ids)])
        moved = charges.filtered(lambda charge: charge.kind != "counter")
        successors = moved._find_successors()
        readable = self._readable(
            charges.counter_ids.union(corrections, *successors.values())
        )
        result = {
            charge.id: [
                self._claim_node(counter, self.env._("Taken back by"), readable)
                for counter in charge.counter_ids
            ]
            for charge in charges
        }
        for charge, successor in successors.items():
            label = self.env._("Billed anew by")
            result[charge.id].append(self._claim_node(successor, label, readable))
        for correction in corrections.sorted("id"):
            node = self._claim_node(correction, self.env._("Corrected by"), readable)
            for claim in correction.compared_charge_ids:
                if claim.id in result:
                    result[claim.id].append(node)
        return result
