// Choosing several from a long list: chips of what is chosen, a box that narrows or searches, check boxes below.

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { withoutTags } from "./richtext.js";

const LONG = 7; // more choices than this get the narrowing box
const WAIT_MS = 250; // after the last letter, before the app is asked

/**
 * `look` is what surrounds it: `{id, label, changed, search?}`; `search(query)` resolves to the app's own options
 * for what was typed, of a choice that has such a source.
 */
export function manySelection(json, { id, label, changed, search = null }) {
  const most = Math.max(1, json.multiSelectMaxSelectedItems ?? 3);
  const chips = el("div", { class: "many-chips" });
  const list = el("div", { class: "many-list", role: "group", "aria-label": label || "Choices" }, (json.items ?? []).map(row));
  const few = list.children.length <= LONG && !search;
  const filter = el("input", { id, type: "search", class: "many-filter", placeholder: search ? "Type to search" : "Type to narrow", "aria-label": label ? null : "Narrow the choices", hidden: few });
  const found = el("p", { class: "field-hint", role: "status" });
  const node = el("div", { class: "many", id: few ? id : null }, chips, filter, found, list);
  const boxes = () => [...list.querySelectorAll("input")];

  const refresh = () => {
    const chosen = boxes().filter((box) => box.checked);
    for (const box of boxes()) box.disabled = !box.checked && chosen.length >= most;
    chips.replaceChildren(...chosen.map((box) => chipOf(box, () => flip(box))));
    chips.hidden = chosen.length === 0;
    list.hidden = list.children.length === 0;
  };
  const flip = (box) => {
    box.checked = !box.checked;
    refresh();
    changed();
  };
  const offer = (items) => {
    const kept = boxes().filter((box) => box.checked);
    const values = new Set(kept.map((box) => box.value));
    list.replaceChildren(...kept.map((box) => box.closest("label")), ...items.filter((each) => !values.has(each.value)).map(row));
    found.textContent = items.length ? "" : "Nothing is called so";
    refresh();
  };
  filter.addEventListener("input", search ? searching(filter, json, search, offer) : () => narrow(filter, list));
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

function narrow(filter, list) {
  const words = filter.value.trim().toLowerCase();
  for (const each of list.children) each.hidden = !each.textContent.toLowerCase().includes(words);
}

/** Ask the app a moment after the last letter; an answer to what was typed before comes too late and is left out. */
function searching(filter, json, search, offer) {
  const least = json.multiSelectMinQueryLength ?? 3;
  let waiting = 0;
  return () => {
    clearTimeout(waiting);
    const query = filter.value.trim();
    if (query.length < least) return;
    waiting = setTimeout(async () => {
      const items = await search(query).catch(() => []);
      if (filter.value.trim() === query) offer(items);
    }, WAIT_MS);
  };
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
