import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("msp_trace", {
    steps: () => [
        {
            content: "Trace a line of the invoice",
            trigger:
                ".o_field_widget[name='invoice_line_ids'] .o_data_row:first button[name='action_msp_trace']",
            run: "click",
        },
        {
            content: "It rests on the contract's first version",
            trigger: ".o_list_view .o_data_row:contains(Rests on):contains(v1)",
        },
        {
            content: "Open the charge",
            trigger:
                ".o_list_view .o_data_row:has(td:contains(Charge)) button[name='action_open']",
            run: "click",
        },
        {
            content: "Trace it as well",
            trigger: ".o_form_view button[name='action_msp_trace']",
            run: "click",
        },
        {
            content: "Now the way leads to the invoice",
            trigger: ".o_list_view .o_data_row:contains(Stands on):contains(INV/)",
        },
    ],
});
