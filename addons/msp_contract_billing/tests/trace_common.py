class TraceMixin:
    """Reads chains as plain text."""

    def _walk(self, records, user=None):
        """Return [(level, link)] of the chains of `records`, from the top down."""
        trace = self.env["msp.trace"].with_user(user or self.env.user)
        roots = trace._trace(records.with_user(user or self.env.user))
        return [item for root in roots for item in root.walk()]

    def _outline(self, records, user=None):
        """Return [(level, label, title)] of the same."""
        return [
            (level, node.label, node.title) for level, node in self._walk(records, user)
        ]

    def _find(self, records, label, user=None):
        """Return the only link with this label."""
        (node,) = self._all(records, label, user)
        return node

    def _all(self, records, label, user=None):
        return [node for _l, node in self._walk(records, user) if node.label == label]
