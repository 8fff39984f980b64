// What can be pressed in a card: buttons, chips, whole rows, menus; and the pictures that they carry.

import { el, safeUrl } from "./dom.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";
import { withoutTags } from "./richtext.js";

const STYLES = { FILLED: "filled", FILLED_TONAL: "tonal", BORDERLESS: "borderless", OUTLINED: "outlined" };

export function buttonList(json, scene) {
  return el("div", { class: "button-list" }, (json.buttons ?? []).map((each) => button(each, scene)));
}

export function button(json, scene) {
  const label = json.text ? withoutTags(json.text) : "";
  const name = label || json.altText || json.icon?.altText || "Button";
  const look = json.color ? "filled" : (STYLES[json.type] ?? "outlined");
  const classes = `button ${look}${label ? "" : " only-icon"}`;
  const inside = [json.icon ? iconOf(json.icon) : null, label];
  const node = pressable(json.onClick, scene, { class: classes, disabled: json.disabled, label: label ? null : name }, inside);
  if (json.altText && label) node.title = json.altText;
  if (json.color) paint(node, json.color);
  return node;
}

function paint(node, { red = 0, green = 0, blue = 0 }) {
  const channel = (part) => Math.round(Math.min(1, Math.max(0, Number(part) || 0)) * 255);
  const bright = 0.299 * red + 0.587 * green + 0.114 * blue > 0.55;
  node.style.setProperty("--button-fill", `rgb(${channel(red)} ${channel(green)} ${channel(blue)})`);
  node.style.setProperty("--button-ink", bright ? "#1f1f1f" : "#ffffff");
}

/** A link, or a button that asks the server; the same for buttons, chips, rows and grid cells. */
export function pressable(onClick, scene, { class: classes, disabled = false, label = null }, inside) {
  const url = safeUrl(onClick?.openLink?.url ?? "");
  if (onClick?.openLink && url && !disabled) {
    const target = { href: url, target: "_blank", rel: "noopener noreferrer" };
    return el("a", { class: classes, "aria-label": label, ...target }, inside);
  }
  const node = el("button", { type: "button", class: classes, "aria-label": label, disabled }, inside);
  if (onClick?.overflowMenu) node.setAttribute("aria-haspopup", "menu");
  if (onClick?.action?.parameters) {
    node.dataset.do = onClick.action.parameters.find((each) => each.key === "do")?.value ?? "";
  }
  node.addEventListener("click", () => act(onClick, scene, node));
  return node;
}

function act(onClick, scene, node) {
  if (onClick?.action) scene.press(onClick.action, scene.root, node);
  else if (onClick?.overflowMenu) openMenu(node, (onClick.overflowMenu.items ?? []).map((each) => menuItem(each, scene, node)));
}

function menuItem(json, scene, node) {
  return {
    label: withoutTags(json.text ?? ""),
    icon: json.startIcon?.materialIcon?.name ?? json.startIcon?.knownIcon ?? null,
    disabled: json.disabled,
    href: json.onClick?.openLink ? safeUrl(json.onClick.openLink.url) : null,
    run: () => act(json.onClick, scene, node),
  };
}

export function chipList(json, scene) {
  const line = json.layout === "HORIZONTAL_SCROLLABLE" ? "chip-list scrolls" : "chip-list";
  return el("div", { class: line }, (json.chips ?? []).map((each) => chip(each, scene)));
}

function chip(json, scene) {
  const label = json.label ? withoutTags(json.label) : "";
  const disabled = json.disabled === true || json.enabled === false;
  const inside = [json.icon ? iconOf(json.icon) : null, label];
  return pressable(json.onClick, scene, { class: "chip", disabled, label: label ? null : (json.altText ?? "Chip") }, inside);
}

export function iconOf(json, extra = "") {
  if (json.iconUrl) return picture(json.iconUrl, json.altText ?? "", `icon-picture ${json.imageType === "CIRCLE" ? "round" : ""}`);
  return icon(json.materialIcon?.name ?? json.knownIcon ?? "tag", extra);
}

const LOCAL = ["127.0.0.1", "localhost", "[::1]"];

/** The path of a picture of this very server, by whichever of its names; null for any other. */
function ownPath(url) {
  const href = safeUrl(url);
  if (!href) return null;
  const { hostname, port, pathname } = new URL(href);
  const same = port === location.port && (hostname === location.hostname || (LOCAL.includes(hostname) && LOCAL.includes(location.hostname)));
  return same ? pathname : null;
}

/** Pictures of this server only: the playground loads nothing from anywhere else and shows the words instead. */
export function picture(url, alt, classes) {
  const own = ownPath(url);
  if (own) return el("img", { src: own, alt, class: classes, loading: "lazy" });
  return el("span", { class: `${classes} no-picture`, role: "img", "aria-label": alt || "Picture" }, (alt || "").slice(0, 1).toUpperCase() || icon("bell"));
}
