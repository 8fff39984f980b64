// A press on a card's button: check what must be filled in, show that it is under way, send it, say what went wrong.

import { firstMissing, readInputs } from "./inputs.js";
import { reason, toast } from "./world.js";

/** `send({parameters, inputs})` does it; returns the `press` of a scene. */
export function pressed(send) {
  return async (action, root, source) => {
    if (root.getAttribute("aria-busy") === "true") return;
    clearErrors(root);
    const missing = source?.matches(".button, .chip") ? firstMissing(root, action) : null;
    if (missing) {
      complain(missing);
      return;
    }
    root.setAttribute("aria-busy", "true");
    source?.classList.add("working");
    try {
      await send({ parameters: parametersOf(action), inputs: readInputs(root) });
    } catch (error) {
      toast(reason(error));
    } finally {
      root.removeAttribute("aria-busy");
      source?.classList.remove("working");
    }
  };
}

const parametersOf = (action) => Object.fromEntries((action.parameters ?? []).map(({ key, value }) => [key, value ?? ""]));

function clearErrors(root) {
  for (const node of root.querySelectorAll(".missing")) {
    node.classList.remove("missing");
    node.querySelector(".field-error")?.replaceChildren();
    node.querySelector("[aria-invalid]")?.removeAttribute("aria-invalid");
  }
}

function complain({ node, control, words }) {
  node.querySelector(".field-error")?.replaceChildren(words);
  control?.setAttribute("aria-invalid", "true");
  control?.focus();
}
