// Foreign text into DOM nodes: the HTML that Chat allows in cards, and the markup of plain messages.

import { el, safeUrl } from "./dom.js";

const PLAIN = { b: "strong", strong: "strong", i: "em", em: "em", u: "u", s: "s", strike: "s", del: "s", code: "code", pre: "pre",
  ul: "ul", ol: "ol", li: "li", time: "span" };
const DROPPED = new Set(["script", "style", "title", "textarea", "template", "iframe"]); // with all that they hold
const TOKEN = /<!--[^]*?-->|<(\/?)([a-z][a-z0-9]*)((?:"[^"]*"|'[^']*'|[^'"<>])*)>|[^<]+|</gi;

/**
 * Card text as a fragment. Our own small reader instead of the browser's: what it does not know by name cannot
 * come out of it, and nothing is ever parsed as a document that might load or run something.
 */
export function cardText(html) {
  const out = document.createDocumentFragment();
  const open = [{ tag: "", node: out }];
  let dropping = null;
  for (const [token, closing, name] of String(html ?? "").matchAll(TOKEN)) {
    const tag = name?.toLowerCase();
    if (dropping) {
      if (closing && tag === dropping) dropping = null;
    } else if (!tag) open.at(-1).node.append(token.startsWith("<!--") ? "" : entities(token));
    else if (closing) close(open, tag);
    else if (DROPPED.has(tag)) dropping = tag;
    else begin(open, tag, token);
  }
  return out;
}

function begin(open, tag, token) {
  const into = open.at(-1).node;
  if (tag === "br") into.append(el("br"));
  const node = tag === "a" ? link(attribute(token, "href"), []) : tag === "font" ? colored(attribute(token, "color")) : PLAIN[tag] ? el(PLAIN[tag]) : null;
  if (!node) return;
  into.append(node);
  open.push({ tag, node });
}

function close(open, tag) {
  const at = open.findLastIndex((each) => each.tag === tag);
  if (at > 0) open.length = at;
}

function attribute(token, name) {
  const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, "i").exec(token);
  return found ? entities(found[1] ?? found[2] ?? found[3]) : null;
}

const NAMED = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0", hellip: "…", mdash: "—", ndash: "–", middot: "·", bull: "•", rarr: "→", larr: "←", euro: "€" };

function entities(text) {
  return text.replace(/&(?:#x([\da-f]{1,6})|#(\d{1,7})|([a-z]+));/gi, (whole, hex, decimal, name) => {
    if (name) return NAMED[name.toLowerCase()] ?? whole;
    const code = hex ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function link(url, inside) {
  const href = safeUrl(url);
  return href ? el("a", { href, target: "_blank", rel: "noopener noreferrer" }, inside) : el("span", {}, inside);
}

function colored(color) {
  const span = el("span", { class: "font" });
  if (/^#[0-9a-f]{3,8}$/i.test(color ?? "")) span.style.setProperty("--font-color", color);
  return span;
}

/** Card text without its tags, for labels and titles of controls. */
export function withoutTags(html) {
  return cardText(html).textContent.trim();
}

const MARKS = [
  [/^```\n?([\s\S]+?)```/, (found) => el("pre", {}, found[1])],
  [/^`([^`\n]+)`/, (found) => el("code", {}, found[1])],
  [/^<(https?:\/\/[^|>\s]+)\|([^>]+)>/, (found) => link(found[1], [found[2]])],
  [/^<(https?:\/\/[^|>\s]+)>/, (found) => link(found[1], [found[1]])],
  [/^<users\/all>/, () => el("span", { class: "mention" }, "@all")],
  [/^https?:\/\/[^\s<>"]+[^\s<>".,;:!?)]/, (found) => link(found[0], [found[0]])],
  [/^\*(\S(?:[^*\n]*\S)?)\*(?!\w)/, (found, people) => el("strong", {}, messageText(found[1], people))],
  [/^_(\S(?:[^_\n]*\S)?)_(?!\w)/, (found, people) => el("em", {}, messageText(found[1], people))],
  [/^~(\S(?:[^~\n]*\S)?)~(?!\w)/, (found, people) => el("s", {}, messageText(found[1], people))],
];
const WORD_MARKS = 6; // from here on a mark only counts at the start of a word, as in snake_case

/** The text of a message, with *bold*, _italic_, ~strike~, `code`, links and mentions. */
export function messageText(text, people = []) {
  const out = document.createDocumentFragment();
  let rest = String(text ?? "");
  let plain = "";
  while (rest) {
    const [node, length] = marked(rest, plain, people);
    if (node) {
      out.append(plain, node);
      plain = "";
    } else plain += rest.slice(0, length);
    rest = rest.slice(length);
  }
  out.append(plain);
  return out;
}

function marked(rest, before, people) {
  const mention = /^<(users\/[\w-]+)>/.exec(rest);
  if (mention && mention[1] !== "users/all") {
    const person = people.find((each) => each.name === mention[1]);
    return [el("span", { class: "mention" }, `@${person?.displayName ?? "someone"}`), mention[0].length];
  }
  for (const [index, [pattern, draw]] of MARKS.entries()) {
    if (index >= WORD_MARKS && /[\p{L}\p{N}]$/u.test(before)) break;
    const found = pattern.exec(rest);
    if (found) return [draw(found, people), found[0].length];
  }
  return [null, /^(?:(?!https?:\/\/)[\p{L}\p{N} ])+/u.exec(rest)?.[0].length ?? 1];
}
