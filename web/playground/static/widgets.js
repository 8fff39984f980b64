// The widgets of a card: one small function for each kind that Chat knows.

import { el } from "./dom.js";
import { button, buttonList, chipList, iconOf, picture, pressable } from "./buttons.js";
import { dateTimePicker, selectionInput, switchControl, textInput } from "./inputs.js";
import { cardText, withoutTags } from "./richtext.js";
import { icon } from "./icons.js";

const KINDS = {
  textParagraph, decoratedText, buttonList, image, divider: () => el("hr", { class: "divider" }), columns, grid,
  textInput, selectionInput, dateTimePicker, chipList, carousel,
};

export function widget(json, scene) {
  const kind = Object.keys(KINDS).find((each) => json[each]);
  if (!kind) return el("p", { class: "unknown-widget" }, `Chat would not know this widget: ${Object.keys(json).join(", ")}`);
  const node = KINDS[kind](json[kind], scene);
  if (json.horizontalAlignment) node.classList.add(`align-${json.horizontalAlignment.toLowerCase()}`);
  return node;
}

function textParagraph(json) {
  const node = el("p", { class: "paragraph" }, cardText(json.text));
  if (!json.maxLines) return node;
  node.classList.add("clamped");
  node.style.setProperty("--lines", String(json.maxLines));
  const more = el("button", { type: "button", class: "fold", "aria-expanded": "false", hidden: true });
  const label = (open) => more.replaceChildren(icon(open ? "fold" : "down"), open ? "Show less" : "Show more");
  label(false);
  more.addEventListener("click", () => {
    const open = !node.classList.toggle("clamped");
    more.setAttribute("aria-expanded", String(open));
    label(open);
  });
  new ResizeObserver(() => {
    if (node.classList.contains("clamped")) more.hidden = node.scrollHeight <= node.clientHeight + 1;
  }).observe(node);
  return el("div", { class: "folding" }, node, more);
}

function decoratedText(json, scene) {
  const start = json.startIcon ?? json.icon;
  const words = [
    json.topLabel ? el("span", { class: "row-top" }, cardText(json.topLabel)) : null,
    el("span", { class: `row-text${json.wrapText ? " wraps" : ""}` }, cardText(json.text)),
    json.bottomLabel ? el("span", { class: "row-bottom" }, cardText(json.bottomLabel)) : null,
  ];
  const middle = json.onClick
    ? pressable(json.onClick, scene, { class: "row-words row-pressable" }, words)
    : el("span", { class: "row-words" }, words);
  const node = el("div", { class: "row" }, start ? el("span", { class: "row-icon" }, iconOf(start)) : null, middle);
  if (start && json.startIconVerticalAlignment) node.classList.add(`icon-${json.startIconVerticalAlignment.toLowerCase()}`);
  node.append(...rowEnd(json, scene));
  return node;
}

function rowEnd(json, scene) {
  if (json.button) return [el("span", { class: "row-end" }, button(json.button, scene))];
  if (json.switchControl) return [el("span", { class: "row-end" }, switchControl(json.switchControl, withoutTags(json.text ?? ""), scene))];
  return json.endIcon ? [el("span", { class: "row-end" }, iconOf(json.endIcon))] : [];
}

function image(json, scene) {
  const drawn = picture(json.imageUrl, json.altText ?? "", "card-image");
  return json.onClick ? pressable(json.onClick, scene, { class: "image-button", label: json.altText ?? "Picture" }, [drawn]) : drawn;
}

function columns(json, scene) {
  return el(
    "div",
    { class: "card-columns" },
    (json.columnItems ?? []).slice(0, 2).map((each) => {
      const fill = each.horizontalSizeStyle === "FILL_MINIMUM_SPACE" ? "card-column narrow" : "card-column";
      const node = el("div", { class: fill }, (each.widgets ?? []).map((inner) => widget(inner, scene)));
      if (each.horizontalAlignment) node.classList.add(`align-${each.horizontalAlignment.toLowerCase()}`);
      if (each.verticalAlignment) node.classList.add(`rows-${each.verticalAlignment.toLowerCase()}`);
      return node;
    }),
  );
}

function grid(json, scene) {
  const node = el("div", { class: `card-grid${json.borderStyle?.type === "STROKE" ? " stroked" : ""}` });
  node.style.setProperty("--grid-columns", String(Math.min(3, Math.max(1, json.columnCount ?? 2))));
  node.append(...(json.items ?? []).map((each) => gridItem(each, json.onClick, scene)));
  return json.title ? el("div", {}, el("p", { class: "grid-title" }, cardText(json.title)), node) : node;
}

function gridItem(json, onClick, scene) {
  const inside = [
    json.image?.imageUri ? picture(json.image.imageUri, json.image.altText ?? "", "grid-image") : null,
    json.title ? el("span", { class: "grid-item-title" }, cardText(json.title)) : null,
    json.subtitle ? el("span", { class: "grid-item-subtitle" }, cardText(json.subtitle)) : null,
  ];
  if (!onClick) return el("div", { class: "grid-item" }, inside);
  return pressable(withItem(onClick, json.id), scene, { class: "grid-item" }, inside);
}

/** Chat tells the app which cell was pressed by adding the cell's id to the parameters. */
function withItem(onClick, id) {
  if (!onClick.action || !id) return onClick;
  const parameters = [...(onClick.action.parameters ?? []), { key: "grid_item_id", value: id }];
  return { ...onClick, action: { ...onClick.action, parameters } };
}

function carousel(json, scene) {
  const cards = (json.carouselCards ?? []).map((each) =>
    el("div", { class: "carousel-card" }, [...(each.widgets ?? []), ...(each.footerWidgets ?? [])].map((inner) => widget(inner, scene))),
  );
  const strip = el("div", { class: "carousel-strip", tabindex: "0", role: "group", "aria-label": "Cards, scroll sideways" }, cards);
  const move = (side) => strip.scrollBy({ left: side * strip.clientWidth * 0.8, behavior: "smooth" });
  const step = (label, name, side) =>
    el("button", { type: "button", class: "icon-button", "aria-label": label, onclick: () => move(side) }, icon(name));
  return el("div", { class: "carousel" }, strip, el("div", { class: "carousel-steps" }, step("Previous", "back", -1), step("Next", "arrow", 1)));
}
