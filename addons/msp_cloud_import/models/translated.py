"""Sentences of the plain packages in the language of an environment."""

from odoo.tools import formatLang
from odoo.tools.translate import get_translation

from ..formats import Count, Sentence

MODULE = "msp_cloud_import"


def translated(env, text):
    """Return a `Sentence` in the language of `env`; any other text as it is."""
    if not isinstance(text, Sentence):
        return text
    values = {name: _worded(env, value) for name, value in text.values.items()}
    return get_translation(MODULE, env.lang or "en_US", text.template, values)


def _worded(env, value):
    if isinstance(value, Count):
        return formatLang(env, value, digits=0)
    return translated(env, value)
