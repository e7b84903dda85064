import { registry } from "@web/core/registry";
import { button, step } from "@msp_contract_billing/../tests/tours/steps";

function confirm(content) {
    return {
        content,
        trigger: ".modal .modal-footer .btn-primary",
        run: "click",
    };
}

function equation(text) {
    return {
        content: `The equation says: ${text}`,
        trigger: `.o_msp_equation tr:contains(${text})`,
    };
}

/** A list has opened: forms contain lists as well. */
function page(title) {
    return {
        content: `The list is there: ${title}`,
        trigger: `.o_last_breadcrumb_item:contains(${title})`,
    };
}

registry.category("web_tour.tours").add("msp_billing_run", {
    steps: () => [
        button("action_preview", "Compute what is due"),
        step("Preview"),
        equation("= to bill"),
        equation("Unexplained rest"),
        {
            content: "Look at what is odd",
            trigger: ".oe_stat_button:contains(Exceptions)",
            run: "click",
        },
        page("Exceptions of"),
        {
            content: "A customer has no e-mail address",
            trigger: ".o_list_view .o_data_row:contains(has no e-mail address)",
        },
        {
            content: "Back to the run",
            trigger: ".o_breadcrumb a:contains(RUN)",
            run: "click",
        },
        step("Preview"),
        {
            content: "Look at the contracts",
            trigger: ".oe_stat_button:contains(Contracts)",
            run: "click",
        },
        page("Contracts of"),
        {
            content: "Open the one of 125.00",
            trigger: ".o_list_view .o_data_row:contains(125.00) td[name='contract_id']",
            run: "click",
        },
        {
            content: "Its charge explains itself",
            trigger: ".o_msp_details td:contains(10 Units)",
        },
        button("action_open_run", "Back to the run"),
        button("action_create_invoices", "Create the drafts"),
        step("Drafts"),
        equation("= billed"),
        button("action_post", "Post them"),
        confirm("Yes, post them"),
        step("Posted"),
        button("action_render", "Make the PDFs"),
        step("PDFs Made"),
        button("action_send", "Send them"),
        confirm("Yes, send them"),
        {
            content: "One could not be sent",
            trigger: ".alert:contains(1 invoices failed)",
        },
        button("action_view_progress", "See which"),
        page("Invoices of"),
        {
            content: "It says why, and can be retried",
            trigger: ".o_data_row:contains(has no e-mail address)",
        },
    ],
});
