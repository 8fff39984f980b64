// Building DOM nodes. Text from outside only ever becomes a text node or an attribute, never markup.

export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) setProperty(node, key, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function setProperty(node, key, value) {
  if (value === null || value === undefined || value === false) return;
  if (key === "class") node.className = value;
  else if (key === "dataset") Object.assign(node.dataset, value);
  else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
  else if (key === "value") node.value = value;
  else node.setAttribute(key, value === true ? "" : String(value));
}

export const byId = (id) => document.getElementById(id);

/** A link that cannot run anything: http, https, mailto and tel only. */
export function safeUrl(url) {
  try {
    const parsed = new URL(String(url), location.href);
    return ["http:", "https:", "mailto:", "tel:"].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

/**
 * Show `items` as children of `parent` with as little change as possible, so that focus, scroll and half-filled
 * inputs survive. An item is drawn anew only when its signature differs from last time.
 */
export function reconcile(parent, items, keyOf, signatureOf, draw) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let previous = null;
  for (const item of items) {
    const key = keyOf(item);
    const signature = signatureOf(item);
    let node = old.get(key);
    old.delete(key);
    if (!node || node.signature !== signature) {
      const fresh = draw(item);
      fresh.dataset.key = key;
      fresh.signature = signature;
      if (node) replaceKeepingFocus(node, fresh);
      node = fresh;
    }
    const expected = previous ? previous.nextSibling : parent.firstChild;
    if (expected !== node) parent.insertBefore(node, expected);
    previous = node;
  }
  for (const gone of old.values()) gone.remove();
}

function replaceKeepingFocus(node, fresh) {
  const mark = node.contains(document.activeElement) ? focusMark(document.activeElement) : null;
  node.replaceWith(fresh);
  if (mark === null) return;
  const same = [...fresh.querySelectorAll("button, a, input, select, textarea")].find((each) => focusMark(each) === mark);
  if (same) same.focus({ preventScroll: true });
}

const focusMark = (node) => `${node.tagName}|${node.getAttribute("name") ?? ""}|${node.getAttribute("aria-label") ?? node.textContent}`;

/** `moment` is a text in ISO 8601, or milliseconds since the epoch. */
export function clockTime(moment) {
  const time = new Date(moment);
  return Number.isNaN(time.getTime()) ? "" : time.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
}

const TINTS = 6;

/** The same name always has the same tint (classes tint-0 ... tint-5). */
function tintOf(name) {
  let sum = 0;
  for (const letter of String(name)) sum = (sum * 31 + letter.codePointAt(0)) % 9973;
  return `tint-${sum % TINTS}`;
}

function initials(name) {
  const words = String(name || "?").trim().split(/\s+/);
  return (words[0][0] + (words.length > 1 ? words.at(-1)[0] : "")).toUpperCase();
}

export function avatar(name, extra = "") {
  return el("span", { class: `avatar ${tintOf(name)} ${extra}`, "aria-hidden": "true" }, initials(name));
}
