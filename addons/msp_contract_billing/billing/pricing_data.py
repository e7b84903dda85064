"""Prices as JSON: in case files, and as records of Odoo keep them."""

from collections.abc import Mapping
from decimal import Decimal

from .errors import CaseError
from .pricing import MODELS, TIERED, Pricing, Tier
from .rounding import plain
from .values import Fields, one_of, optional, to_number, to_unsigned

_ZERO = Decimal(0)
_FIELDS = ("model", "unit_price", "discount", "included", "minimum", "maximum")
#: Fields that only one model has.
_OWN_FIELDS = {
    "flat": ("amount",),
    "graduated": ("tiers",),
    "volume": ("tiers",),
    "package": ("size", "price", "free"),
    "amounts": ("markup",),
}


def to_data(pricing: Pricing) -> dict:
    """Return `pricing` as JSON-safe texts; what is not set is left out."""
    data: dict = {"model": pricing.model}
    if pricing.tiers:
        data["tiers"] = [
            {
                "up_to": None if tier.up_to is None else plain(tier.up_to),
                "unit_price": plain(tier.unit_price),
                "flat": plain(tier.flat),
            }
            for tier in pricing.tiers
        ]
    if pricing.model == "package":
        data.update(size=plain(pricing.size), free=plain(pricing.free))
    for name in ("included", "discount_amount", "markup"):
        if value := getattr(pricing, name):
            data[name] = plain(value)
    for name in ("minimum", "maximum"):
        if (value := getattr(pricing, name)) is not None:
            data[name] = plain(value)
    return data


def from_data(data: Mapping, path: str = "pricing") -> Pricing:
    """Return the pricing that decoded JSON describes.

    :param path: where `data` stands, for messages
    :raise CaseError: a value is missing or malformed; names the field
    """
    fields = Fields(data, path)
    check_fields(fields)
    return read_pricing(fields)


def check_fields(fields: Fields):
    """Refuse fields that the model of a pricing does not have.

    :raise CaseError: there is one; names it
    """
    model = fields.get("model", one_of(MODELS), "unit")
    fields.only(*_FIELDS, "discount_amount", *_OWN_FIELDS.get(model, ()))


def read_pricing(fields: Fields) -> Pricing:
    """Return the pricing that `fields` describe.

    :raise CaseError: a value is missing or malformed; names the field
    """
    model = fields.get("model", one_of(MODELS), "unit")
    pricing = Pricing(
        model=model,
        tiers=_read_tiers(fields) if model in TIERED else (),
        size=fields.get("size", _above_zero, Decimal(1)),
        free=fields.get("free", to_unsigned, _ZERO),
        included=fields.get("included", to_unsigned, _ZERO),
        minimum=fields.get("minimum", optional(to_number), None),
        maximum=fields.get("maximum", optional(to_number), None),
        discount_amount=fields.get("discount_amount", to_unsigned, _ZERO),
        markup=fields.get("markup", _markup, _ZERO),
    )
    if pricing.markup and model != "amounts":
        found = plain(pricing.markup)
        raise CaseError(fields.name("markup"), found, "none, or the model amounts")
    least, most = pricing.minimum, pricing.maximum
    if least is not None and most is not None and most < least:
        raise CaseError(
            fields.name("maximum"),
            plain(most),
            f"at least the minimum of {plain(least)}",
        )
    return pricing


def _read_tiers(fields: Fields) -> tuple[Tier, ...]:
    items = fields.items("tiers")
    for item in items:
        item.only("up_to", "unit_price", "flat")
    tiers = tuple(
        Tier(
            up_to=item.get("up_to", optional(to_number)),
            unit_price=item.get("unit_price", to_number, _ZERO),
            flat=item.get("flat", to_number, _ZERO),
        )
        for item in items
    )
    if not tiers:
        raise CaseError(fields.name("tiers"), "an empty list", "at least one tier")
    below = _ZERO
    for index, tier in enumerate(tiers):
        path = f"{fields.name('tiers')}[{index}].up_to"
        is_last = index == len(tiers) - 1
        if (tier.up_to is None) != is_last:
            expected = "null for the last tier" if is_last else "a quantity"
            found = "null" if tier.up_to is None else plain(tier.up_to)
            raise CaseError(path, found, expected)
        if tier.up_to is not None:
            if tier.up_to <= below:
                raise CaseError(path, plain(tier.up_to), f"more than {plain(below)}")
            below = tier.up_to
    return tiers


def _above_zero(value: object, name: str) -> Decimal:
    size = to_number(value, name)
    if size <= 0:
        raise CaseError(name, plain(size), "more than 0")
    return size


def _markup(value: object, name: str) -> Decimal:
    markup = to_number(value, name)
    if markup < -100:
        raise CaseError(name, plain(markup), "at least -100 (percent)")
    return markup
