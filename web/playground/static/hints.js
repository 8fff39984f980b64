// The strip for the first visit: three steps, each does what it says when pressed, and is ticked when done.

import { byId, el } from "./dom.js";
import { icon } from "./icons.js";
import { propose, quickOr } from "./composer.js";

const KEPT = "pipenotify-playground-hints";
const state = readKept();

const HINTS = [
  { key: "typed", words: "Type /pipenotify", run: () => toPane("chat", () => propose("/pipenotify ")) },
  { key: "ruled", words: "Make a rule in the dialog", run: () => toPane("chat", () => quickOr("New rule", "/pipenotify rule new")) },
  { key: "won", words: "Win a deal, watch the card arrive", run: () => toPane("board", () => document.querySelector(".deal .win")?.focus()) },
];

function readKept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}

function set(key) {
  if (state[key]) return;
  state[key] = true;
  localStorage.setItem(KEPT, JSON.stringify(state));
  draw();
}

function toPane(pane, then) {
  document.body.dataset.pane = pane;
  requestAnimationFrame(then);
}

export function startHints() {
  addEventListener("said", ({ detail }) => detail.startsWith("/") && set("typed"));
  addEventListener("submitted", ({ detail }) => ["closed", "message", "updated"].includes(detail.kind) && set("ruled"));
  addEventListener("pipedrive", ({ detail }) => detail.action === "win_deal" && set("won"));
  draw();
}

function draw() {
  const strip = byId("hints");
  strip.hidden = Boolean(state.closed);
  const all = HINTS.every((each) => state[each.key]);
  const steps = HINTS.map((hint, index) =>
    el("li", { class: HINTS.findIndex((each) => !state[each.key]) === index ? "next" : null }, el("button", { type: "button", class: `hint${state[hint.key] ? " done" : ""}`, onclick: hint.run },
      el("span", { class: "hint-number", "aria-hidden": "true" }, state[hint.key] ? icon("check") : String(index + 1)),
      hint.words, state[hint.key] ? el("span", { class: "unseen" }, " (done)") : null)));
  strip.replaceChildren(el("p", { class: "hints-title" }, all ? "That is all it takes." : "First steps"), el("ol", {}, steps),
    el("button", { type: "button", class: "icon-button small", "aria-label": "Hide the first steps", onclick: () => set("closed") }, icon("close")));
}
