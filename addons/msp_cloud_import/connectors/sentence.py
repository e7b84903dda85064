"""Sentences as formats make them, a package that lies beside this one."""

if __package__ == "connectors":
    # On its own, where nothing is above the two.
    from formats.sentence import Sentence, _
else:
    from ..formats.sentence import Sentence, _

__all__ = ["Sentence", "_"]
