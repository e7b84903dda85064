import { registry } from "@web/core/registry";
import { RunProgress } from "@msp_contract_billing/run_progress/run_progress";

/** How far a sync is; the form is reloaded when its step or state changes. */
export class SyncProgress extends RunProgress {
    static fields = ["state", "step", "progress_done", "progress_total"];

    isRunning(data) {
        return data.state === "running" || data.state === "waiting";
    }
}

registry.category("view_widgets").add("msp_sync_progress", {
    component: SyncProgress,
    fieldDependencies: [
        { name: "state", type: "selection" },
        { name: "step", type: "selection" },
        { name: "progress_done", type: "integer" },
        { name: "progress_total", type: "integer" },
    ],
});
