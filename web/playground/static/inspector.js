// The inspector: the JSON of a message or dialog as the app sent it, what Chat refuses in it, and a way to try changes.

import { byId, el } from "./dom.js";
import { icon } from "./icons.js";
import { tell } from "./doors.js";
import { reason, toast, windowId, world } from "./world.js";

const EMPTY = { cardsV2: [{ cardId: "card", card: { header: { title: "A card" }, sections: [{ widgets: [{ textParagraph: { text: "Hello" } }] }] } }], fallbackText: "A card" };

/** `where`: `{message}` for one message, `{}` for the open dialog. */
export function inspectButton(where) {
  const words = where.message ? "Inspect this message" : "Inspect this dialog";
  return el("button", { type: "button", class: "icon-button small inspect", "aria-label": words, title: words, onclick: () => inspect(where) }, icon("code"));
}

async function inspect(where) {
  try {
    await openInspector(await tell("inspect", { user: world.viewer, window: windowId, ...where }));
  } catch (error) {
    toast(reason(error));
  }
}

/** A card of one's own, to see what Chat would say to it. */
export const inspectNew = () => openInspector({ place: "message", text: JSON.stringify(EMPTY, null, 2) }).catch((error) => toast(reason(error)));

/** Show a report of the server; a bare `{place, text}` is checked first. */
async function openInspector(report) {
  const dialog = byId("inspector");
  const box = el("textarea", { class: "json", spellcheck: "false", rows: 16, "aria-label": "JSON", value: report.text });
  const verdict = el("div", { class: "verdict", role: "status" });
  const check = () => checked(box.value, report.place).then((found) => judge(verdict, found)).catch((error) => judge(verdict, { problems: [error.message] }));
  dialog.replaceChildren(
    el("form", { method: "dialog" },
      el("h2", { id: "inspector-title" }, report.place === "dialog" ? "Dialog as JSON" : "Message as JSON"),
      el("p", { class: "form-note" }, "As the app sent it. Change it and check it again: nothing is sent."),
      verdict, box,
      el("div", { class: "form-buttons" },
        el("button", { type: "button", class: "button borderless", onclick: () => copy(box.value) }, "Copy"),
        el("button", { type: "button", class: "button borderless", onclick: check }, "Check"),
        el("button", { type: "submit", class: "button filled" }, "Close"))));
  if (report.problems) judge(verdict, report);
  else await check();
  dialog.showModal();
  box.focus();
  box.setSelectionRange(0, 0);
  box.scrollTop = 0;
}

async function checked(words, place) {
  let json = null;
  try {
    json = JSON.parse(words);
  } catch (error) {
    throw new Error(`This is no JSON: ${error.message}`);
  }
  return tell("check", { json, place });
}

function judge(node, { problems, bytes, mostBytes, widgets, mostWidgets }) {
  const measured = bytes === undefined ? null : el("p", { class: "measured" }, `${bytes.toLocaleString("en")} of ${mostBytes.toLocaleString("en")} bytes · ${widgets} of ${mostWidgets} widgets`);
  const words = problems.length
    ? [icon("warning"), el("div", {}, el("strong", {}, "Chat would refuse or drop"), el("ul", {}, problems.map((each) => el("li", {}, each))))]
    : [icon("check"), el("div", {}, el("strong", {}, "Chat shows all of it"))];
  node.replaceChildren(el("div", { class: `verdict-line ${problems.length ? "bad" : "good"}` }, words), measured ?? "");
}

const copy = (words) => navigator.clipboard.writeText(words).then(() => toast("Copied")).catch(() => toast("The browser does not let this page copy"));
