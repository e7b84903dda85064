import { registry } from "@web/core/registry";
import { open, step } from "@msp_contract_billing/../tests/tours/steps";

const CARD = ".o_kanban_record:contains(Board Distributor)";

async function dragFiles(target, names) {
    const data = new DataTransfer();
    for (const name of names) {
        const answer = await fetch(`/web/content/msp_cloud_import.tour_${name}`);
        data.items.add(new File([await answer.blob()], `${name}.csv`));
    }
    const options = { bubbles: true, cancelable: true, dataTransfer: data };
    target.dispatchEvent(new DragEvent("dragover", options));
    let shown = null;
    for (let frame = 0; frame < 60 && !shown; frame++) {
        await new Promise((resolve) => requestAnimationFrame(resolve));
        shown = target.querySelector(".o_msp_drop_zone");
    }
    if (!shown) {
        throw new Error("The card does not say that files can be dropped.");
    }
    target.dispatchEvent(new DragEvent("drop", options));
}

function drop(content, trigger, ...names) {
    return {
        content,
        trigger,
        async run({ anchor }) {
            await dragFiles(anchor, names);
        },
    };
}

registry.category("web_tour.tours").add("msp_provider_board", {
    steps: () => [
        {
            content: "The card says that the file of April is late",
            trigger: `${CARD}:contains(Late):contains(April 2026)`,
        },
        drop("Several files, one of them bad", CARD, "april", "bad"),
        {
            content: "One sentence for each",
            trigger: ".modal .o_data_row:contains(april.csv):contains(Imported as)",
        },
        {
            content: "The bad one is refused",
            trigger: ".modal .o_data_row:contains(bad.csv):contains(Refused)",
        },
        {
            content: "Close the list",
            trigger: ".modal .modal-footer button:contains(Close)",
            run: "click",
        },
        {
            content: "The card is up to date",
            trigger: `${CARD}:contains(May 2026):not(:contains(Late))`,
        },
        drop("One file opens its import", CARD, "may"),
        step("Assigned"),
        {
            content: "It names the file",
            trigger: ".o_form_view:contains(may.csv)",
        },
        {
            content: "It says what is open, and the next button is there",
            trigger: ".o_msp_steps:contains(open)",
        },
        {
            content: "The next step is the primary button",
            trigger: ".o_form_statusbar button.btn-primary[name='action_prepare']",
        },
        open("/odoo/providers"),
        drop("The provider is recognised", ".o_kanban_renderer", "june"),
        step("Assigned"),
        {
            content: "It names the file",
            trigger: ".o_form_view:contains(june.csv):contains(Board Distributor)",
        },
    ],
});

registry.category("web_tour.tours").add("msp_provider_board_readonly", {
    steps: () => [
        {
            content: "No button to import",
            trigger: `${CARD}:not(:has(button[name='action_upload']))`,
        },
        {
            content: "Nothing can be dropped",
            trigger: CARD,
            run({ anchor }) {
                const data = new DataTransfer();
                data.items.add(new File(["x"], "x.csv"));
                const event = new DragEvent("dragover", {
                    bubbles: true,
                    cancelable: true,
                    dataTransfer: data,
                });
                anchor.dispatchEvent(event);
                if (event.defaultPrevented) {
                    throw new Error("The card takes files of a reader.");
                }
            },
        },
    ],
});
