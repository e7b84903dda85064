import { registry } from "@web/core/registry";

/** Select the only import of the list and press a button of its header. */
function onSelected(name, state) {
    return [
        {
            content: "Select the import",
            trigger: ".o_data_row .o_list_record_selector input:not(:checked)",
            run: "click",
        },
        {
            content: `Press ${name}`,
            trigger: `.o_control_panel button[name='${name}']:enabled`,
            run: "click",
        },
        {
            content: `The import is ${state}`,
            trigger: `.o_data_row td[name='state']:contains(${state})`,
        },
    ];
}

registry.category("web_tour.tours").add("msp_confirm_columns", {
    steps: () => [
        {
            content: "The board says that a file waits",
            trigger:
                ".o_kanban_record:contains(Ingram) a[name='action_view_columns']:contains(1)",
            run: "click",
        },
        {
            content: "The file's total is shown before anything is stored",
            trigger: ".o_field_widget[name='check_html']:contains(128.25)",
        },
        {
            content: "Columns are suggested, with cells of the file",
            trigger: ".o_field_widget[name='column_ids'] td[name='samples']:contains(2001001)",
        },
        {
            content: "Check again",
            trigger: "button[name='action_check']:enabled",
            run: "click",
        },
        {
            content: "Confirm and read",
            trigger: "button[name='action_confirm']:enabled",
            run: "click",
        },
        {
            content: "The import is read and assigned",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Assigned)",
        },
        {
            content: "All of the file's money is there",
            trigger: ".o_field_widget[name='amount_read']:contains(128.25)",
        },
        {
            content: "To the list of imports",
            trigger: ".o_main_navbar",
            run: "goToUrl /odoo/provider-imports",
            expectUnloadPage: true,
        },
        ...onSelected("action_prepare", "Prepared"),
        ...onSelected("action_apply", "Applied"),
    ],
});
