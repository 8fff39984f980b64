// The playground's own small forms (not the app's dialogs): one native dialog, drawn from a list of fields.

import { byId, el } from "./dom.js";

/**
 * Ask for some values. `fields`: `{name, label, type?, value?, required?, options?: [[value, label]], suggestions?: [..]}`;
 * `submit(values)` may throw: its words are shown and the form stays.
 */
export function openForm({ title, note = null, fields, action, danger = false, submit }) {
  const dialog = byId("form-dialog");
  const problem = el("p", { class: "form-problem", role: "alert" });
  const form = el("form", { method: "dialog" },
    el("h2", { id: "form-dialog-title" }, title), note ? el("p", { class: "form-note" }, note) : null,
    el("div", { class: "form-fields" }, fields.map(drawField)), problem,
    el("div", { class: "form-buttons" },
      el("button", { type: "button", class: "button borderless", onclick: () => dialog.close() }, "Cancel"),
      el("button", { type: "submit", class: `button filled ${danger ? "red" : "green"}` }, action)));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.setAttribute("aria-busy", "true");
    try {
      await submit(Object.fromEntries(new FormData(form)));
      dialog.close();
    } catch (error) {
      problem.textContent = error.message;
    } finally {
      form.removeAttribute("aria-busy");
    }
  });
  dialog.replaceChildren(form);
  dialog.showModal();
  form.querySelector("input, select")?.focus();
}

function drawField({ name, label, options, suggestions, wide, ...rest }) {
  const id = `form-${name}`;
  const control = options
    ? el("select", { id, name }, options.map(([value, words]) => el("option", { value, selected: String(value) === String(rest.value) }, words)))
    : el("input", { id, name, type: "text", maxlength: 250, list: suggestions ? `${id}-list` : null, ...rest });
  return el("div", { class: `field${wide ? " wide" : ""}` }, el("label", { for: id, class: "field-label" }, label), control,
    suggestions ? el("datalist", { id: `${id}-list` }, suggestions.map((value) => el("option", { value }))) : null);
}
