import { registry } from "@web/core/registry";
import { button, open, step } from "@msp_contract_billing/../tests/tours/steps";

/** Enter a value into a field of the open window. */
function enter(name, text, content) {
    return {
        content,
        trigger: `.modal .o_field_widget[name='${name}'] input`,
        run: `edit ${text}`,
    };
}

registry.category("web_tour.tours").add("msp_end_contract", {
    steps: () => [
        button("action_terminate", "End the contract"),
        {
            content: "Open the day",
            trigger: ".modal .o_field_widget[name='date_last'] button",
            run: "click",
        },
        enter("date_last", "01/31/2026", "Two months ago"),
        {
            content: "Choose the reason",
            trigger: ".modal .o_field_widget[name='churn_reason_id'] input",
            run: "click",
        },
        {
            content: "They went to a competitor",
            trigger: ".o-autocomplete--dropdown-item:contains(Went to a competitor)",
            run: "click",
        },
        enter("note", "Told on the phone", "Say what they said"),
        {
            content: "It is earlier than agreed: look at what it costs",
            trigger:
                ".modal:has(.alert:contains(11 months earlier)) button[name='action_preview']:enabled",
            run: "click",
        },
        {
            content: "February and March come back: record it",
            trigger:
                ".modal:has(.alert:contains(credits $250.00)) button[name='action_apply']:enabled",
            run: "click",
        },
        {
            content: "The contract has ended",
            trigger:
                "body:not(:has(.modal)) .o_field_widget[name='date_end']:contains(Jan 31)",
        },
        open("/odoo/terminations"),
        {
            content: "It is reported with its reason and what is lost per month",
            trigger: ".o_data_row:contains(Went to a competitor):contains(125.00)",
        },
        open("/odoo/action-msp_contract_billing.msp_billing_run_action_differential"),
        {
            content: "Until the end of March",
            trigger: ".o_form_view .o_field_widget[name='date_until'] button",
            run: "click",
        },
        {
            content: "Until the end of March",
            trigger: ".o_field_widget[name='date_until'] input",
            run: "edit 03/31/2026",
        },
        button("action_preview", "Compute what is to be corrected"),
        step("Preview"),
        button("action_create_invoices", "Create the draft"),
        step("Drafts"),
        {
            content: "Look at it",
            trigger: ".oe_stat_button:contains(Invoices)",
            run: "click",
        },
        {
            content: "It is a credit note of two months",
            trigger: ".o_data_row:contains(250.00)",
        },
    ],
});
