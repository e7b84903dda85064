import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("msp_amend_contract", {
    steps: () => [
        {
            content: "Change the contract",
            trigger: "button[name='action_amend']:enabled",
            run: "click",
        },
        {
            content: "Edit the quantity",
            trigger: ".modal .o_data_row:first td[name='quantity']:contains(10)",
            run: "click",
        },
        {
            content: "Twelve from now on",
            trigger: ".modal .o_data_row:first td[name='quantity'] input",
            run: "edit 12",
        },
        {
            content: "Say why",
            trigger: ".modal .o_field_widget[name='reason'] input",
            run: "edit Two new colleagues",
        },
        {
            content: "Record it",
            trigger: ".modal button[name='action_apply']:enabled",
            run: "click",
        },
        {
            content: "The contract contains twelve",
            trigger:
                "body:not(:has(.modal)) .o_field_widget[name='current_line_ids'] td[name='quantity']:contains(12)",
        },
    ],
});
