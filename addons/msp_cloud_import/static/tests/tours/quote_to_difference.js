import { registry } from "@web/core/registry";
import { button, dropFile, open, step } from "@msp_contract_billing/../tests/tours/steps";

/** Preview, create and post a run; `amount` is what it bills. */
function billingRun(path, amount) {
    return [
        open(path),
        button("action_preview", "Compute what is due"),
        step("Preview"),
        {
            content: "The preview shows the amount",
            trigger: `.o_field_widget[name='amount_due']:contains(${amount})`,
        },
        button("action_create_invoices", "Create the drafts"),
        step("Drafts"),
        button("action_post", "Post them"),
        {
            content: "Yes, post them",
            trigger: ".modal .modal-footer .btn-primary",
            run: "click",
        },
        step("Posted"),
        {
            content: "What was billed is shown",
            trigger: `.o_field_widget[name='amount_billed']:contains(${amount})`,
        },
    ];
}

registry.category("web_tour.tours").add("msp_quote_to_difference", {
    steps: () => [
        // The quotation becomes a contract.
        button("action_confirm", "Confirm the quotation"),
        step("Sales Order"),
        button("action_view_msp_contract", "Open the contract"),
        step("Active"),
        {
            content: "It contains ten seats",
            trigger: ".o_field_widget[name='current_line_ids'] td[name='quantity']:contains(10)",
        },
        // It is billed: 17 of 31 days of January, and February.
        ...billingRun("/odoo/invoicing-wizard", "309.68"),
        // The provider's file has two more seats from 25 January.
        open("/odoo/action-msp_cloud_import.msp_import_action"),
        {
            content: "Import a file",
            trigger: ".o_control_panel button:contains(Import Provider File)",
            run: "click",
        },
        ...dropFile("recon.csv", "/web/content/msp_cloud_import.tour_file"),
        button("action_import", "Read it"),
        step("Assigned"),
        button("action_prepare", "Prepare the changes"),
        step("Prepared"),
        button("action_apply", "Apply them"),
        step("Applied"),
        button("action_view_versions", "Look at the version"),
        {
            content: "The version names what changed",
            trigger: ".o_content:contains(10 → 12)",
        },
        // The difference: 2 seats x 20.00 for 7 of 31 days, and February.
        ...billingRun("/odoo/differential-billing-wizard", "49.03"),
        button("action_view_invoices", "Look at the invoice"),
        {
            content: "One invoice corrects the first one",
            trigger: ".o_list_view .o_data_row:contains(49.03)",
        },
        // Nothing is left.
        open("/odoo/differential-billing-wizard"),
        button("action_preview", "Look again"),
        {
            content: "Nothing is due",
            trigger: ".alert:contains(Nothing is due)",
        },
    ],
});
