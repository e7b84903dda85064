import { registry } from "@web/core/registry";
import { open, step } from "@msp_contract_billing/../tests/tours/steps";

registry.category("web_tour.tours").add("msp_follow_licences", {
    steps: () => [
        {
            content: "The provider has two more than the contract says",
            trigger:
                ".o_data_row:contains(Contoso) td[name='difference']:contains(2)",
        },
        {
            content: "Open what is proposed",
            trigger: ".o_data_row button[name='action_open_proposal']",
            run: "click",
        },
        step("Prepared"),
        {
            content: "Apply it",
            trigger: "button[name='action_apply']:visible:enabled",
            run: "click",
        },
        step("Applied"),
        open("/odoo/licence-status"),
        {
            content: "They agree; open the contract",
            trigger: ".o_data_row:has(td[name='difference']:not(:contains(2))) button[name='action_open_contract']",
            run: "click",
        },
        {
            content: "The contract has the units",
            trigger: ".o_form_view .o_data_row:contains(12)",
        },
        {
            content: "See the versions",
            trigger: ".o_notebook .nav-link:contains(Versions)",
            run: "click",
        },
        {
            content: "The version says that a file is its cause",
            trigger: ".o_form_view .o_field_widget[name='version_ids'] .o_data_row:contains(subscriptions-)",
        },
    ],
});

registry.category("web_tour.tours").add("msp_find_missing_file", {
    steps: () => [
        {
            content: "April's file is missing and late",
            trigger:
                ".o_data_row:contains(April 2026):contains(Tour Provider):contains(Not here)",
            run: "click",
        },
        {
            content: "There it can be imported",
            trigger: "button[name='action_upload']:visible",
            run: "click",
        },
        {
            content: "Choose files",
            trigger: ".modal .o_field_widget[name='attachment_ids']",
        },
    ],
});
