// A Google Chat card (cardsV2 JSON) as DOM: header, sections, and in a dialog the fixed footer.

import { el } from "./dom.js";
import { cardText, withoutTags } from "./richtext.js";
import { icon } from "./icons.js";
import { button, buttonList, picture } from "./buttons.js";
import { widget } from "./widgets.js";

const MOST_WIDGETS = 100; // Chat leaves out the section that passes it, and all that follow

/**
 * `scene` is where the card stands: `{place: "message"|"dialog", people, spaces, press(action, root, source)}`.
 * A button that needs the server calls `scene.press` with its action and this card's root node.
 */
export function card(json, scene) {
  const root = el("div", { class: "card", role: "group" });
  const here = { ...scene, root };
  const title = json.header?.title;
  if (title) root.append(header(json.header, here));
  root.setAttribute("aria-label", title ? withoutTags(title) : "Card");
  root.append(...sections(json, here));
  if (json.fixedFooter && scene.place === "dialog") root.append(footer(json.fixedFooter, here));
  return root;
}

function header(json, scene) {
  return el(
    "div",
    { class: "card-header" },
    json.imageUrl
      ? picture(json.imageUrl, json.imageAltText ?? "", json.imageType === "CIRCLE" ? "card-logo round" : "card-logo")
      : null,
    el(
      "div",
      {},
      el("h3", { class: "card-title", id: scene.place === "dialog" ? "chat-dialog-title" : null }, cardText(json.title)),
      json.subtitle ? el("p", { class: "card-subtitle" }, cardText(json.subtitle)) : null,
    ),
  );
}

function sections(json, scene) {
  const nodes = [];
  let drawn = 0;
  for (const each of json.sections ?? []) {
    drawn += each.widgets?.length ?? 0;
    if (drawn > MOST_WIDGETS) break;
    nodes.push(section(each, scene));
  }
  return nodes;
}

function section(json, scene) {
  const widgets = (json.widgets ?? []).map((each) => widget(each, scene));
  const node = el("section", { class: "card-section" });
  if (json.header) node.append(el("h4", { class: "section-title" }, cardText(json.header)));
  if (!json.collapsible) {
    node.append(...widgets);
    return node;
  }
  const shown = json.uncollapsibleWidgetsCount ?? 0;
  const hidden = el("div", { class: "section-more", hidden: true }, widgets.slice(shown));
  node.append(...widgets.slice(0, shown), hidden, fold(hidden, json.collapseControl));
  return node;
}

function fold(hidden, control) {
  const toggle = el("button", { type: "button", class: "fold", "aria-expanded": "false" });
  const label = () => {
    const open = !hidden.hidden;
    const own = open ? control?.collapseButton : control?.expandButton;
    toggle.replaceChildren(icon(open ? "fold" : "down"), own?.text ? withoutTags(own.text) : open ? "Show less" : "Show more");
    toggle.setAttribute("aria-expanded", String(open));
  };
  toggle.addEventListener("click", () => {
    hidden.hidden = !hidden.hidden;
    label();
  });
  label();
  return toggle;
}

function footer(json, scene) {
  const drawn = (one, type) => (one ? button({ ...one, type: one.type ?? type }, scene) : null);
  return el(
    "div",
    { class: "card-footer" },
    drawn(json.secondaryButton, "OUTLINED"),
    drawn(json.primaryButton, "FILLED"),
  );
}

/** What a message carries under its text: cards, then accessory widgets (buttons outside of any card). */
export function cardsOf(message, scene) {
  const cards = (message.cardsV2 ?? []).map((each) => card(each.card ?? {}, scene));
  const loose = (message.accessoryWidgets ?? []).filter((each) => each.buttonList);
  if (!loose.length) return cards;
  const root = el("div", { class: "accessories" });
  root.append(...loose.map((each) => buttonList(each.buttonList, { ...scene, root })));
  return [...cards, root];
}
