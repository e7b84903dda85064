import { registry } from "@web/core/registry";

const entry = (label) => `.o_data_row:has(td[name='label']:contains(${label}))`;

/** Enter a setting or secret in its row of the form. */
function enter(label, field, text) {
    return [
        {
            content: `Choose ${label}`,
            trigger: `${entry(label)} td[name='${field}']`,
            run: "click",
        },
        {
            content: `Enter ${label}`,
            trigger: `${entry(label)} td[name='${field}'] input`,
            run: `edit ${text}`,
        },
    ];
}

function test(outcome) {
    return [
        {
            content: "Test the connection",
            trigger: "button[name='action_test']:visible:enabled",
            run: "click",
        },
        {
            content: `It says: ${outcome}`,
            trigger: `.o_notification:contains(${outcome})`,
        },
        {
            content: "Close what it says",
            trigger: ".o_notification_close",
            run: "click",
        },
    ];
}

registry.category("web_tour.tours").add("msp_set_up_connection", {
    steps: () => [
        {
            content: "Begin a connection",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "Choose the interface",
            trigger: ".o_field_widget[name='kind'] input",
            run: "click",
        },
        {
            content: "Choose the small provider",
            trigger: ".o_select_menu_item:contains(Small Provider)",
            run: "click",
        },
        {
            content: "The form asks for what the interface needs",
            trigger: entry("Client Secret"),
        },
        {
            content: "Whose it is",
            trigger: ".o_field_widget[name='provider_id'] input",
            run: "edit Tour Provider",
        },
        {
            content: "Choose the provider",
            trigger: ".o-autocomplete--dropdown-item:contains(Tour Provider)",
            run: "click",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        ...test("Enter first: Client Secret."),
        {
            content: "What is wrong stands on the page",
            trigger: ".alert-warning:contains(Enter first)",
        },
        ...enter("Note", "value", "by a tour"),
        ...enter("Client Secret", "new_value", "wrong"),
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        ...test("Invalid client secret provided"),
        ...enter("Client Secret", "new_value", "s3cr3t-Wert/+=="),
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        ...test("Signed in as Konto 7."),
        {
            content: "It is connected",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Connected)",
        },
        {
            content: "See what works",
            trigger: ".o_notebook .nav-link:contains(What Works)",
            run: "click",
        },
        {
            content: "Counts can be read",
            trigger: ".o_data_row:contains(Subscriptions and licence counts):contains(Works)",
        },
        {
            content: "The secret is shown nowhere",
            trigger: "body:not(:contains(s3cr3t))",
        },
    ],
});
