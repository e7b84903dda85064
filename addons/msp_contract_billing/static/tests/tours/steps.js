/** Leave the page for another one, as a bookmark does. */
export function open(path) {
    return {
        content: `Open ${path}`,
        trigger: ".o_main_navbar",
        run: `goToUrl ${path}`,
        expectUnloadPage: true,
    };
}

export function button(name, content) {
    return { content, trigger: `button[name='${name}']:enabled`, run: "click" };
}

/** The status bar is at a state. */
export function step(label) {
    return {
        content: `The status bar is at ${label}`,
        trigger: `.o_statusbar_status .o_arrow_button_current:contains(${label})`,
    };
}

/** Drop a file into the open window; it is fetched from `url`. */
export function dropFile(name, url) {
    return [
        {
            content: "Choose the file",
            trigger: ".modal .o_field_widget[name='attachment_ids'] .o_file_input_trigger",
            async run() {
                const answer = await fetch(url);
                const data = new DataTransfer();
                data.items.add(new File([await answer.blob()], name));
                const input = document.querySelector(".modal input.o_input_file");
                input.files = data.files;
                input.dispatchEvent(new Event("change", { bubbles: true }));
            },
        },
        {
            content: "The file is there",
            trigger: `.modal .o_attachment:contains(${name})`,
        },
    ];
}
