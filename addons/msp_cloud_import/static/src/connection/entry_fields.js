import { registry } from "@web/core/registry";
import { CharField, charField } from "@web/views/fields/char/char_field";

/** A setting: a list to choose from if the interface knows its values. */
export class SettingValueField extends CharField {
    static template = "msp_cloud_import.SettingValueField";

    get choices() {
        return (this.props.record.data.choices || "").split("\n").filter(Boolean);
    }

    get isRequired() {
        return this.props.record.data.is_required;
    }

    labelOf(value) {
        const labels = (this.props.record.data.choice_labels || "").split("\n");
        return labels[this.choices.indexOf(value)] || value;
    }

    get value() {
        return this.props.record.data[this.props.name] || "";
    }

    onChoose(ev) {
        this.props.record.update({ [this.props.name]: ev.target.value || false });
    }
}

/** A secret: what is entered is hidden, and whether there is one is all that is shown. */
export class SecretField extends CharField {
    static template = "msp_cloud_import.SecretField";

    get isSet() {
        return Boolean(this.props.record.data.set_at);
    }

    get isRequired() {
        return this.props.record.data.is_required;
    }
}

registry.category("fields").add("msp_setting_value", {
    ...charField,
    component: SettingValueField,
    fieldDependencies: [
        { name: "choices", type: "char", readonly: true },
        { name: "choice_labels", type: "char", readonly: true },
        { name: "is_required", type: "boolean", readonly: true },
    ],
});
registry.category("fields").add("msp_secret", {
    ...charField,
    component: SecretField,
    fieldDependencies: [
        { name: "set_at", type: "datetime", readonly: true },
        { name: "is_required", type: "boolean", readonly: true },
    ],
});
