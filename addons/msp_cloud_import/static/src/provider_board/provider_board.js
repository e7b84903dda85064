import { Component, onWillStart, useState, useSubEnv } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { checkFileSize } from "@web/core/utils/files";
import { useService } from "@web/core/utils/hooks";
import { KanbanRecord } from "@web/views/kanban/kanban_record";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { kanbanView } from "@web/views/kanban/kanban_view";

const UPLOAD = "msp.import.upload";

/** Return a function that imports dropped files; without provider it is recognised. */
function useImportFiles() {
    const action = useService("action");
    const http = useService("http");
    const notification = useService("notification");
    const orm = useService("orm");

    return async (files, providerId, onClose) => {
        if (files.some((file) => !checkFileSize(file.size, notification))) {
            return;
        }
        const answer = await http.post(
            "/web/binary/upload_attachment",
            { csrf_token: odoo.csrf_token, ufile: files, model: UPLOAD, id: 0 },
            "text"
        );
        const attachments = JSON.parse(answer);
        const ids = attachments.filter((one) => one.id).map((one) => one.id);
        const failed = attachments.find((one) => one.error) || (attachments.error && attachments);
        try {
            if (failed) {
                notification.add(failed.error, { type: "danger" });
                return;
            }
            const result = await orm.call(UPLOAD, "import_attachments", [ids, providerId]);
            ids.length = 0;
            await action.doAction(result, { onClose });
        } finally {
            if (ids.length) {
                await orm.unlink("ir.attachment", ids);
            }
        }
    };
}

function hasFiles(ev) {
    return [...(ev.dataTransfer?.types || [])].includes("Files");
}

/** What lies over a card, or the whole board, while files are dragged over it. */
export class ProviderDropZone extends Component {
    static template = "msp_cloud_import.ProviderDropZone";
    static props = { text: String, isBusy: Boolean };
}

/** What a component does with files that are dragged over it and dropped. */
class FileDrop {
    /**
     * @param {Object} board with `canImport`
     * @param {Function} onFiles called with the files; whatever it awaits is waited for
     */
    constructor(board, onFiles) {
        this.board = board;
        this.onFiles = onFiles;
        this.state = useState({ isOver: false, isBusy: false });
    }

    takes(ev) {
        return this.board.canImport && hasFiles(ev);
    }

    onDragOver(ev) {
        // A card comes before the board around it.
        this.state.isOver = this.takes(ev) && !ev.defaultPrevented;
        if (this.state.isOver) {
            ev.preventDefault();
        }
    }

    onDragLeave(ev) {
        if (!ev.currentTarget.contains(ev.relatedTarget)) {
            this.state.isOver = false;
        }
    }

    async onDrop(ev) {
        this.state.isOver = false;
        if (!this.takes(ev) || ev.defaultPrevented) {
            return;
        }
        ev.preventDefault();
        const files = [...ev.dataTransfer.files];
        if (this.state.isBusy || !files.length) {
            return;
        }
        this.state.isBusy = true;
        try {
            await this.onFiles(files);
        } finally {
            this.state.isBusy = false;
        }
    }
}

export class ProviderBoardRecord extends KanbanRecord {
    static template = "msp_cloud_import.ProviderBoardRecord";
    static components = { ...KanbanRecord.components, ProviderDropZone };

    setup() {
        super.setup();
        const importFiles = useImportFiles();
        this.drop = new FileDrop(this.env.providerBoard, (files) => {
            const { model, resId } = this.props.record;
            return importFiles(files, resId, () => model.root.load());
        });
    }

    get dropText() {
        const { name } = this.props.record.data;
        return this.drop.state.isBusy
            ? _t("Reading files of %s…", name)
            : _t("Drop files of %s", name);
    }
}

export class ProviderBoardRenderer extends KanbanRenderer {
    static template = "msp_cloud_import.ProviderBoardRenderer";
    static components = {
        ...KanbanRenderer.components,
        KanbanRecord: ProviderBoardRecord,
        ProviderDropZone,
    };

    setup() {
        super.setup();
        const board = { canImport: false };
        useSubEnv({ providerBoard: board });
        const importFiles = useImportFiles();
        this.drop = new FileDrop(board, (files) =>
            importFiles(files, false, () => this.props.list.model.root.load())
        );
        onWillStart(async () => {
            board.canImport = await user.hasGroup(
                "msp_contract_billing.group_billing_clerk"
            );
        });
    }

    get dropText() {
        return this.drop.state.isBusy
            ? _t("Reading files…")
            : _t("Drop files on the card of their provider, or here to recognise it");
    }
}

registry.category("views").add("msp_provider_board", {
    ...kanbanView,
    Renderer: ProviderBoardRenderer,
});
