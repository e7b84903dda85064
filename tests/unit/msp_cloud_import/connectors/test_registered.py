"""What all connectors that exist have in common."""

import pytest
from connectors import (
    ABILITIES,
    CONNECTORS,
    EXPORTS,
    ORDERS,
    SUBSCRIPTIONS,
    Account,
    Connector,
)

METHODS = {
    SUBSCRIPTIONS: ("read_subscriptions",),
    EXPORTS: ("find_exports", "begin_export", "look_at_export", "fetch_export"),
    ORDERS: ("send_order", "read_subscription"),
}


def test_kinds():
    assert set(CONNECTORS) == {"microsoft", "azure_costs", "ingram", "skykick"}
    assert all(kind == one.kind for kind, one in CONNECTORS.items())
    assert all(one.title and one.vendor for one in CONNECTORS.values())


@pytest.mark.parametrize("kind", sorted(CONNECTORS))
@pytest.mark.parametrize("ability", ABILITIES)
def test_abilities_are_what_is_there(kind, ability):
    connector = CONNECTORS[kind]
    has = {
        getattr(connector, name) is not getattr(Connector, name)
        for name in METHODS[ability]
    }
    assert has == {ability in connector.abilities}


@pytest.mark.parametrize("kind", sorted(CONNECTORS))
def test_fields(kind):
    fields = CONNECTORS[kind].fields
    names = [one.name for one in fields]
    assert len(set(names)) == len(names)
    for one in fields:
        assert not (one.is_secret and (one.default or one.choices))
        assert not one.choices or one.default in one.choices
        # What nobody enters may be missing.
        assert not (one.is_kept and (one.is_required or not one.is_secret))
        if one.name.endswith("_url"):
            assert one.default.startswith("https://")


@pytest.mark.parametrize("kind", sorted(CONNECTORS))
def test_can_be_made_of_defaults(kind):
    """A form that is not filled in is no reason for a traceback."""
    connector = CONNECTORS[kind](Account({}, {}))
    assert connector.http is not None
    connector.close()
    assert "secret" not in repr(Account({}, {"client_secret": "secret"}))
