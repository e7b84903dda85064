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
            content: "Let the contract follow",
            trigger: ".o_data_row button[name='action_propose']",
            run: "click",
        },
        step("Prepared"),
        {
            content: "Apply what is proposed",
            trigger: "button[name='action_apply']:visible:enabled",
            run: "click",
        },
        step("Applied"),
        open("/odoo/licence-status"),
        {
            content: "They agree; open the contract",
            trigger: ".o_data_row:not(:has(button[name='action_propose'])) button[name='action_open_contract']",
            run: "click",
        },
        {
            content: "It knows its licences, and none differs",
            trigger: "button[name='action_view_licences']:contains(Licences)",
        },
        {
            content: "See the versions",
            trigger: "button[name='action_view_versions']",
            run: "click",
        },
        {
            content: "The newest is of the import",
            trigger: ".o_list_view .o_data_row:contains(14)",
        },
    ],
});

registry.category("web_tour.tours").add("msp_find_missing_file", {
    steps: () => [
        {
            content: "April's file is missing and late",
            trigger:
                ".o_data_row:contains(April 2026):contains(Not here) td[name='provider_id']:contains(Tour Provider)",
            run: "click",
        },
        {
            content: "Choose files",
            trigger: ".modal .o_field_widget[name='attachment_ids']",
        },
    ],
});
