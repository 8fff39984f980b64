// The strip for the first visit: three steps in the order of the README, each ticked when the server says it is done.

import { byId, el } from "./dom.js";
import { icon } from "./icons.js";
import { propose, quickOr } from "./composer.js";
import { onState } from "./world.js";

const KEPT = "pipenotify-playground-hints";
const kept = readKept();
let done = {};

const HINTS = [
  { key: "typed", words: "Type /pipenotify", run: () => toPane("chat", () => propose("/pipenotify ")) },
  { key: "ruled", words: "Make a rule of your own", run: () => toPane("chat", () => quickOr("New rule", "/pipenotify rule new")) },
  { key: "won", words: "Win a deal, watch its card arrive", run: () => toPane("board", () => document.querySelector(".deal .win")?.focus()) },
];

function readKept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}

function close() {
  kept.closed = true;
  localStorage.setItem(KEPT, JSON.stringify(kept));
  draw();
}

/** Show the strip again, for who hid it. */
export function reopenHints() {
  kept.closed = false;
  localStorage.setItem(KEPT, JSON.stringify(kept));
  draw();
  byId("hints").querySelector("button")?.focus();
}

function toPane(pane, then) {
  document.body.dataset.pane = pane;
  requestAnimationFrame(then);
}

export function startHints() {
  onState((state) => {
    const told = state.steps ?? {};
    if (JSON.stringify(told) === JSON.stringify(done)) return;
    done = told;
    draw();
  });
  draw();
}

function draw() {
  const strip = byId("hints");
  strip.hidden = Boolean(kept.closed);
  const all = HINTS.every((each) => done[each.key]);
  const next = HINTS.find((each) => !done[each.key]);
  const steps = HINTS.map((hint, index) =>
    el("li", { class: hint === next ? "next" : null }, el("button", { type: "button", class: `hint${done[hint.key] ? " done" : ""}`, onclick: hint.run },
      el("span", { class: "hint-number", "aria-hidden": "true" }, done[hint.key] ? icon("check") : String(index + 1)),
      hint.words, done[hint.key] ? el("span", { class: "unseen" }, " (done)") : null)));
  strip.replaceChildren(el("p", { class: "hints-title" }, all ? "That is all it takes." : "First steps"), el("ol", {}, steps),
    el("button", { type: "button", class: "icon-button small", "aria-label": "Hide the first steps", onclick: close }, icon("close")));
}
