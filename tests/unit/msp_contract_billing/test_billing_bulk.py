"""Work that grows with what there is, not with its square: counted, not timed."""

from billing import effect, entitlement
from billing_cases import case, due, line, version


def counted(monkeypatch, module, name, size):
    """Let `module.name` note the size of each call's arguments; return the notes."""
    notes, function = [], getattr(module, name)

    def call(*arguments):
        notes.append(size(*arguments))
        return function(*arguments)

    monkeypatch.setattr(module, name, call)
    return notes


def test_dated_amounts_are_looked_at_in_their_own_periods(monkeypatch):
    looked_at = counted(
        monkeypatch, entitlement, "portions", lambda *given: len(given[2])
    )
    rows = [
        {"start": f"2026-{month:02}-{day:02}", "amount": "1", "key": f"{month} {day}"}
        for month in range(1, 13)
        for day in range(1, 29)
    ]
    rows.append({"start": "2026-01-31", "end": "2026-02-02", "amount": "2"})
    azure = {"position": "azure", "pricing": {"model": "amounts"}, "amounts": rows}
    found = due(case(version("2026-01-01", azure), until="2026-12-31"))
    assert [item.split()[2] for item in found] == ["29.00"] * 2 + ["28.00"] * 10
    assert looked_at == [29, 29] + [28] * 10


def test_terms_are_computed_once_for_a_position(monkeypatch):
    asked = counted(
        monkeypatch, effect, "term_starts", lambda _start, months, _until: months
    )
    data = case(
        version("2026-01-01", line()),
        version("2026-06-15", line(), term_months=12, decrease="end_of_term"),
        until="2036-01-01",
        term_months=3,
        decrease="end_of_term",
    )
    assert len(due(data)) > 100
    assert sorted(asked) == [3, 12]
