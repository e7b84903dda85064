import { registry } from "@web/core/registry";

// What is entered into the dialog of one change, and what the contract shows then.
const change = (day, column, value, shown) => [
    {
        content: "Change the contract",
        trigger: "body:not(:has(.modal)) button[name='action_amend']:enabled",
        run: "click",
    },
    {
        content: "Say why",
        trigger: ".modal .o_field_widget[name='reason'] input",
        run: "edit Agreed by phone",
    },
    {
        content: "Edit the position",
        trigger: `.modal .o_data_row:first td[name='${column}']`,
        run: "click",
    },
    {
        content: "As it was agreed",
        trigger: `.modal .o_data_row:first td[name='${column}'] input`,
        run: `edit ${value}`,
    },
    // What was typed stays when the day changes.
    {
        content: "Edit the first day",
        trigger: ".modal .o_field_widget[name='date_start'] button",
        run: "click",
    },
    {
        content: "From a day that is long over",
        trigger: ".modal .o_field_widget[name='date_start'] input",
        run: `edit ${day} && press Enter`,
    },
    {
        content: "Record it",
        trigger: ".modal button[name='action_apply']:enabled",
        run: "click",
    },
    {
        content: "The contract contains it",
        trigger: `body:not(:has(.modal)) .o_field_widget[name='current_line_ids'] td[name='${column}']:contains(${shown})`,
    },
];

const price = () => change("06/16/2026", "price_unit", "34.10", "34.10");
const seats = () => change("05/16/2026", "quantity", "12", "12");

// Both lead to the same: each version says only what it changes.
const compared = () => [
    {
        content: "All versions",
        trigger: "a[name='versions']",
        run: "click",
    },
    {
        content: "The last one says what it changed",
        trigger:
            ".o_field_widget[name='version_ids'] td[name='difference']:contains(+2 (10 → 12))",
    },
    {
        content: "The other one as well",
        trigger:
            ".o_field_widget[name='version_ids'] td[name='difference']:contains(→ $34.10)",
    },
];

registry.category("web_tour.tours").add("msp_backdated_price_first", {
    steps: () => [...price(), ...seats(), ...compared()],
});

registry.category("web_tour.tours").add("msp_backdated_seats_first", {
    steps: () => [...seats(), ...price(), ...compared()],
});
