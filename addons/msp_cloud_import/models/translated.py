"""Sentences of the plain packages in the language of an environment."""

from odoo.tools import formatLang
from odoo.tools.translate import get_translation

from ..formats import Count, Sentence
from . import storable

MODULE = "msp_cloud_import"


def translated(env, text):
    """Return a `Sentence` in the language of `env`; any other text as it is.

    :param text: may be what `to_json` has made of it
    """
    if isinstance(text, Sentence):
        template, values = text.template, text.values
    elif isinstance(text, dict):
        template, values = text["template"], text["values"]
    else:
        return text
    values = {name: _worded(env, value) for name, value in values.items()}
    return get_translation(MODULE, env.lang or "en_US", template, values)


def to_json(text):
    """Return a text as it is stored, so that each reader has it in another language."""
    if not isinstance(text, Sentence):
        return storable.text(str(text))
    values = {name: to_json(value) for name, value in text.values.items()}
    return {"template": text.template, "values": values}


def _worded(env, value):
    if isinstance(value, Count):
        return formatLang(env, value, digits=0)
    return translated(env, value)
