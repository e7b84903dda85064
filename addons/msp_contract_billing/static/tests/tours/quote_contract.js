import { registry } from "@web/core/registry";
import tourUtils from "@sale/js/tours/tour_utils";
import { button } from "./steps";

/** What the quotation says is billed. */
function told(sentence) {
    return {
        content: `It says: ${sentence}`,
        trigger: `.o_field_widget[name='msp_outlook_html'] li:contains(${sentence})`,
    };
}

function quantity(number) {
    return [
        {
            content: "Edit the quantity",
            trigger: ".o_data_row:first td[name='product_uom_qty']",
            run: "click",
        },
        {
            content: `Sell ${number}`,
            trigger: ".o_data_row:first td[name='product_uom_qty'] input",
            run: `edit ${number}`,
        },
        ...tourUtils.clickSomewhereElse(),
    ];
}

registry.category("web_tour.tours").add("msp_quote_to_contract", {
    steps: () => [
        {
            content: "Choose the customer",
            trigger: ".o_field_widget[name='partner_id'] input",
            run: "edit Rhein Druck",
        },
        {
            content: "It is Rhein Druck",
            trigger: "ul.ui-autocomplete a:contains('Rhein Druck GmbH')",
            run: "click",
        },
        ...tourUtils.addProduct("Modern Workplace"),
        ...quantity(10),
        told("for 03/10/2026 – 03/31/2026: $88.71"),
        told("Then $125.00 per month"),
        told("Next invoice on 04/01/2026: $125.00"),
        button("action_confirm", "Confirm"),
        {
            content: "What was agreed stays on the order",
            trigger:
                ".o_statusbar_status .o_arrow_button_current:contains(Sales Order)",
        },
        told("Then $125.00 per month"),
        button("action_view_msp_contract", "Open the contract"),
        {
            content: "The contract contains ten",
            trigger:
                ".o_field_widget[name='current_line_ids'] td[name='quantity']:contains(10)",
        },
    ],
});

registry.category("web_tour.tours").add("msp_upsell", {
    steps: () => [
        button("action_new_quotation", "Sell more of it"),
        ...tourUtils.addProduct("Modern Workplace"),
        ...quantity(2),
        {
            content: "The line says what it does",
            trigger: ".o_data_row td[name='msp_effect']:contains('10 → 12')",
        },
        told("From 04/01/2026: $150.00 per month instead of $125.00"),
        button("action_confirm", "Confirm"),
        button("action_view_msp_contract", "Open the contract"),
        {
            content: "The contract contains twelve",
            trigger:
                ".o_field_widget[name='current_line_ids'] td[name='quantity']:contains(12)",
        },
    ],
});
