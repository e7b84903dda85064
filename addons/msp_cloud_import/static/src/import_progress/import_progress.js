import { registry } from "@web/core/registry";
import { RunProgress } from "@msp_contract_billing/run_progress/run_progress";

/** How far a long step of an import is; the form is reloaded when it ends. */
export class ImportProgress extends RunProgress {
    static fields = ["is_running", "running_step", "progress_done", "progress_total"];
    static stepField = "running_step";

    isRunning(data) {
        return data.is_running;
    }
}

registry.category("view_widgets").add("msp_import_progress", {
    component: ImportProgress,
    fieldDependencies: [
        { name: "is_running", type: "boolean" },
        { name: "running_step", type: "selection" },
        { name: "progress_done", type: "integer" },
        { name: "progress_total", type: "integer" },
    ],
});
