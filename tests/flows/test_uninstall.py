"""Uninstalling leaves invoices whole, and says beforehand what is lost."""

from real_database import cloned_database, run_steps

CONTRACT = ("make_contract", {})
MODULE = {"module": "msp_contract_billing"}
RUN = ("prepare_run", {"kind": "regular", "until": "2026-02-01"})


def test_install_use_uninstall_install_again():
    with cloned_database(CONTRACT) as database:
        *_used, warning, before, _uninstalled, after = run_steps(
            database,
            RUN,
            ("create_drafts", {}),
            ("post", {}),
            ("uninstall_warning", MODULE),
            ("invoice_totals", {}),
            ("uninstall", MODULE),
            ("invoice_totals", {}),
        )
        assert "ledger of 2 charges" in warning
        assert before == after == [["posted", 200.0, 2]]
        _installed, whole, *_used, charges = run_steps(
            database,
            ("install", MODULE),
            ("invoice_totals", {}),
            ("make_contract", {}),
            RUN,
            ("create_drafts", {}),
            ("charges", {}),
        )
        assert whole == before
        assert charges["charges"] == [["regular", 100.0, 1], ["regular", 100.0, 1]]


def test_exported_ledger_is_read_back_as_opening_claims():
    contract = (
        ("make_contract", {}),
        ("set_seats", {"day": "2026-01-16", "quantity": 12}),
    )
    with cloned_database(CONTRACT) as database:
        *_used, exported, _uninstalled = run_steps(
            database,
            RUN,
            ("create_drafts", {}),
            ("post", {}),
            contract[1],
            ("prepare_run", {"kind": "differential", "until": "2026-02-01"}),
            ("create_drafts", {}),
            ("post", {}),
            ("export_ledger", {}),
            ("uninstall", MODULE),
        )
        *_installed, entered, due = run_steps(
            database,
            ("install", MODULE),
            *contract,
            ("read_back", {"rows": exported}),
            ("due_amounts", {"until": "2026-03-01"}),
        )
        # January and February, and two corrections for the two more seats.
        assert entered == [4, []]
        assert due == [[120.0], []]


def test_without_the_import_addon_versions_stay_whole():
    module = {"module": "msp_cloud_import"}
    with cloned_database(CONTRACT) as database:
        *_used, state, before, _uninstalled, after, _installed, again = run_steps(
            database,
            ("import_file", {}),
            ("contract_content", {}),
            ("uninstall", module),
            ("contract_content", {}),
            ("install", module),
            ("contract_content", {}),
        )
        assert state == "applied"
        assert before == {"causes": ["request", "import"], "quantities": [12.0]}
        assert (
            after == again == {"causes": ["request", "request"], "quantities": [12.0]}
        )


def test_without_the_reconciliation_addon_bills_stay_whole():
    module = {"module": "msp_reconciliation"}
    with cloned_database(CONTRACT) as database:
        *_used, causes, before, _uninstalled, after, _installed, again = run_steps(
            database,
            ("import_file", {}),
            ("book_and_compare", {}),
            ("bill_totals", {}),
            ("uninstall", module),
            ("bill_totals", {}),
            ("install", module),
            ("bill_totals", {}),
        )
        assert causes == ["not_billed"]
        assert before == after == again == [["posted", "G012345678", 60.0, 1]]
