import { registry } from "@web/core/registry";
import { button, dropFile, open, step } from "@msp_contract_billing/../tests/tours/steps";

const CARD = ".o_kanban_record:contains(Contoso CSP)";

registry.category("web_tour.tours").add("msp_board_to_findings", {
    steps: () => [
        {
            content: "Import a file from the provider's card",
            trigger: `${CARD} button[name='action_upload']`,
            run: "click",
        },
        ...dropFile("january.csv", "/web/content/msp_reconciliation.tour_file"),
        button("action_import", "Read it"),
        step("Assigned"),
        button("action_prepare", "Prepare the changes"),
        step("Prepared"),
        button("action_apply", "Apply them"),
        step("Applied"),
        button("action_create_bill", "Make the vendor bill"),
        {
            content: "It carries the provider's number and the file's total",
            trigger: ".o_field_widget[name='ref'] input:value(G01), .o_field_widget[name='ref']:contains(G01)",
        },
        {
            content: "The total is the file's",
            trigger: ".o_field_widget[name='tax_totals']:contains(180.00)",
        },
        open("/odoo/providers"),
        {
            content: "Reconcile from the card",
            trigger: `${CARD} button[name='action_reconcile']`,
            run: "click",
        },
        {
            content: "The bill ties out",
            trigger: ".o_field_widget[name='bill_total']:contains(180.00)",
        },
        {
            content: "An unknown customer is leakage",
            trigger: ".o_field_widget[name='leakage_total']:contains(30.00)",
        },
        button("action_view_findings", "Look at the findings"),
        {
            content: "They have a page of their own",
            trigger: ".o_breadcrumb .active:contains(Findings of)",
        },
        {
            content: "Open it",
            trigger: ".o_data_row:contains(not assigned) td[name='cause']",
            run: "click",
        },
        {
            content: "It names the customer at the provider",
            trigger: ".o_field_widget[name='customer_name']:contains(Fremd GmbH)",
        },
        button("action_view_rows", "Look at its rows"),
        {
            content: "The row of the file is there",
            trigger: ".o_list_view .o_data_row:contains(Fremd GmbH)",
        },
        {
            content: "Back to the finding",
            trigger: ".breadcrumb-item a:contains(Fremd GmbH)",
            run: "click",
        },
        button("action_ignore", "Ignore it"),
        {
            content: "Say why",
            trigger: ".modal .o_field_widget[name='reason'] input",
            run: "edit Our own demo tenant",
        },
        {
            content: "Ignore",
            trigger: ".modal .modal-footer button.btn-primary:visible",
            run: "click",
        },
        step("Ignored"),
    ],
});
