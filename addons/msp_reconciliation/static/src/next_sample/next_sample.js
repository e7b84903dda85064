import { registry } from "@web/core/registry";

/** Open the next row of a sample in place of this one, so that the way back stays short. */
async function nextSample(env, action) {
    await env.services.action.doAction(action.params.action, {
        stackPosition: "replaceCurrentAction",
    });
}

registry.category("actions").add("msp_next_sample", nextSample);
