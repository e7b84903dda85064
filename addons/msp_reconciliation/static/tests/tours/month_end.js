import { registry } from "@web/core/registry";
import { button, step } from "@msp_contract_billing/../tests/tours/steps";

/** Back to the month by the way above the page. */
function back() {
    return {
        content: "Back to the month",
        trigger: ".breadcrumb-item a:contains(/^Contoso CSP. January 2026$/)",
        run: "click",
    };
}

registry.category("web_tour.tours").add("msp_month_end", {
    steps: () => [
        {
            content: "Reconcile a month",
            trigger: ".o_list_view .o_control_panel button:contains(Reconcile a Month)",
            run: "click",
        },
        {
            content: "Compare",
            trigger: ".modal button[name='action_compare']",
            run: "click",
        },
        {
            content: "Two seats leak",
            trigger: ".o_field_widget[name='leakage_total']:contains(40.00)",
        },
        {
            content: "The files stand on no vendor bill yet",
            trigger: ".o_field_widget[name='bill_difference']:contains(180.00)",
        },
        button("action_view_findings", "Look at the findings"),
        {
            content: "They have a page of their own",
            trigger: ".o_breadcrumb .active:contains(Findings of)",
        },
        {
            content: "Open it",
            trigger: ".o_data_row:contains(Fewer in the contract) td[name='cause']",
            run: "click",
        },
        {
            content: "It says what differs",
            trigger: ".o_field_widget[name='explanation']:contains(12 at the provider)",
        },
        button("action_resolve", "Resolve it"),
        {
            content: "Say what was done",
            trigger: ".modal .o_field_widget[name='reason'] input",
            run: "edit Two seats are free of charge until May",
        },
        {
            content: "Resolve",
            trigger: ".modal .modal-footer button.btn-primary:visible",
            run: "click",
        },
        step("Resolved"),
        back(),
        {
            content: "Nothing is open any more",
            trigger: ".o_form_view .alert-success:contains(agree)",
        },
        button("action_create_bill", "Make the vendor bill"),
        {
            content: "It carries the provider's number and the file's total",
            trigger:
                ".o_field_widget[name='ref'] input:value(G01), .o_field_widget[name='ref']:contains(G01)",
        },
        {
            content: "It is the file's total",
            trigger: ".o_field_widget[name='tax_totals']:contains(180.00)",
        },
        {
            content: "The file names no date of the invoice",
            trigger: "input[data-field=invoice_date]",
            run: "edit 02/05/2026",
        },
        {
            content: "Post it",
            trigger: "button[name='action_post']:visible",
            run: "click",
        },
        step("Posted"),
        back(),
        {
            content: "The bill ties out",
            trigger: ".o_field_widget[name='bill_total']:contains(180.00)",
        },
        {
            content: "Nothing is left beside it",
            trigger: ".o_field_widget[name='bill_difference'] span:contains(/^\\D*0\\.00\\D*$/)",
        },
        button("action_check_sample", "Check the sample"),
        {
            content: "The row stands beside what was charged",
            trigger: ".o_field_widget[name='evidence']:contains(Charges):contains(200.00)",
        },
        button("action_right", "It is right"),
        {
            content: "The sample is through: its list takes the row's place",
            trigger: ".o_list_view .o_data_row:contains(Right)",
        },
        back(),
        button("action_sign", "Sign off"),
        {
            content: "Nothing speaks against it",
            trigger: ".modal .alert-success",
        },
        {
            content: "Sign",
            trigger: ".modal button[name='action_sign']",
            run: "click",
        },
        step("Signed Off"),
        {
            content: "It is locked: only reopening is left",
            trigger:
                ".o_form_statusbar:has(button[name='action_reopen']):not(:has(button[name='action_compare']))",
        },
    ],
});
