// Choosing several from a long list: chips of what is chosen, a box that narrows the list, check boxes below.

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { withoutTags } from "./richtext.js";

const LONG = 7; // more choices than this get the narrowing box

export function manySelection(json, id, label, changed) {
  const most = Math.max(1, json.multiSelectMaxSelectedItems ?? 3);
  const chips = el("div", { class: "many-chips" });
  const rows = (json.items ?? []).map((each) => row(each));
  const list = el("div", { class: "many-list", role: "group", "aria-label": label || "Choices" }, rows);
  const filter = el("input", { id, type: "search", class: "many-filter", placeholder: "Type to narrow", "aria-label": label ? null : "Narrow the choices", hidden: rows.length <= LONG });
  const node = el("div", { class: "many", id: filter.hidden ? id : null }, chips, filter, list);
  const boxes = () => rows.map((each) => each.querySelector("input"));

  const refresh = () => {
    const chosen = boxes().filter((box) => box.checked);
    for (const box of boxes()) box.disabled = !box.checked && chosen.length >= most;
    chips.replaceChildren(...chosen.map((box) => chipOf(box, () => flip(box))));
    chips.hidden = chosen.length === 0;
  };
  const flip = (box) => {
    box.checked = !box.checked;
    refresh();
    changed();
  };
  filter.addEventListener("input", () => {
    const words = filter.value.trim().toLowerCase();
    for (const each of rows) each.hidden = !each.textContent.toLowerCase().includes(words);
  });
  list.addEventListener("change", () => {
    refresh();
    changed();
  });
  refresh();
  const read = () => {
    const values = boxes().filter((box) => box.checked).map((box) => box.value);
    return values.length ? values : undefined;
  };
  return { node, read };
}

function row(item) {
  return el("label", { class: "choice many-row" },
    el("input", { type: "checkbox", value: item.value ?? "", checked: item.selected }),
    el("span", {}, withoutTags(item.text ?? ""), item.bottomText ? el("small", {}, withoutTags(item.bottomText)) : null));
}

function chipOf(box, remove) {
  const words = box.nextElementSibling.firstChild.textContent;
  return el("button", { type: "button", class: "chip picked", "aria-label": `Remove ${words}`, onclick: remove }, words, icon("close"));
}
