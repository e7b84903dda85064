import {
    Component,
    onMounted,
    onWillStart,
    onWillUnmount,
    onWillUpdateProps,
    useState,
} from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const SECONDS = 2;

/** How far a run is, asked every other second; the form is reloaded when it stops. */
export class RunProgress extends Component {
    static template = "msp_contract_billing.RunProgress";
    static props = { ...standardWidgetProps };
    static fields = ["state", "step", "progress_done", "progress_total", "next_at"];
    static stepField = "step";

    setup() {
        this.orm = useService("orm");
        this.progress = useState({ done: 0, total: 0 });
        onWillStart(() => this.show(this.props.record.data));
        onWillUpdateProps((props) => this.show(props.record.data));
        // Not in the setup: what is set up need not be mounted, then nothing ends it.
        onMounted(() => {
            this.timer = setInterval(() => this.look(), SECONDS * 1000);
        });
        onWillUnmount(() => clearInterval(this.timer));
    }

    show(data) {
        this.step = data[this.constructor.stepField];
        this.progress.done = data.progress_done;
        this.progress.total = data.progress_total;
    }

    get percent() {
        const { done, total } = this.progress;
        return total ? Math.round((100 * done) / total) : 0;
    }

    isRunning(data) {
        return data.state === "running";
    }

    async look() {
        const { record } = this.props;
        if (this.isLooking || !record.resId || !this.isRunning(record.data)) {
            return;
        }
        this.isLooking = true;
        try {
            const [data] = await this.orm.silent.read(
                record.resModel,
                [record.resId],
                this.constructor.fields
            );
            if (!this.isRunning(data) || data[this.constructor.stepField] !== this.step) {
                await record.load();
            } else {
                this.show(data);
            }
        } finally {
            this.isLooking = false;
        }
    }
}

registry.category("view_widgets").add("msp_run_progress", {
    component: RunProgress,
    fieldDependencies: [
        { name: "state", type: "selection" },
        { name: "step", type: "selection" },
        { name: "progress_done", type: "integer" },
        { name: "progress_total", type: "integer" },
    ],
});
