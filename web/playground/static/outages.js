// What may be let fail here, until the same button is pressed again: and, second by second, how the app lives with it.

import { byId, el } from "./dom.js";
import { ask, tell } from "./doors.js";
import { icon } from "./icons.js";
import { reason, refresh, toast, world } from "./world.js";

const EVERY = 1000;
const OUTAGES = {
  "chat-hangs": ["Chat hangs", "Chat takes requests and never answers. Each is given up after ten seconds and tried again; other work goes on."],
  "chat-429": ["Chat refuses: 429", "Chat says that there are too many requests. Cards wait, and none of them loses an attempt."],
  "chat-403": ["Chat refuses: 403", "Chat lets the app write nowhere. A space that gets a card now is paused, and its admins are told."],
  worker: ["Worker killed", "Nothing is sent now, but webhooks are stored. The next worker takes over what this one had begun, half a minute later at most."],
};
const view = { open: false, backlog: null, timer: 0 };
const active = () => world.state?.outages?.active ?? [];

/** Show the strip, and begin to watch. */
export function openOutages() {
  view.open = true;
  drawOutages();
  byId("outages").querySelector("button")?.focus();
}

function close() {
  view.open = false;
  drawOutages();
}

/** The strip is there while it is open, and whenever something fails. */
export function drawOutages() {
  const strip = byId("outages");
  strip.hidden = !(view.open || active().length);
  if (strip.hidden) return;
  if (!strip.children.length) build(strip);
  for (const button of strip.querySelectorAll("[data-outage]")) {
    button.hidden = !(world.state?.outages?.offered ?? []).includes(button.dataset.outage);
    button.setAttribute("aria-pressed", String(active().includes(button.dataset.outage)));
  }
  strip.querySelector(".outage-close").hidden = active().length > 0;
  say(strip.querySelector(".outage-story"), active().map((name) => OUTAGES[name][1]).join(" ") || "Press one, then change a deal. Press it again, and all that waits arrives.");
  watch();
}

function build(strip) {
  const buttons = Object.entries(OUTAGES).map(([name, [label]]) =>
    el("button", { type: "button", class: "outage", dataset: { outage: name }, onclick: () => flip(name) }, label));
  strip.append(
    el("div", { class: "outage-line" }, el("p", { class: "outage-title" }, "Let something fail"), el("div", { class: "outage-buttons", role: "group", "aria-label": "What fails" }, buttons),
      el("button", { type: "button", class: "icon-button small outage-close", "aria-label": "Hide what may fail", onclick: close }, icon("close"))),
    el("p", { class: "outage-story", role: "status" }), el("dl", { class: "outage-figures" }));
}

function flip(name) {
  tell("outage", { name, on: !active().includes(name) }).then(refresh).catch((error) => toast(reason(error)));
}

/** Ask for the figures each second, for as long as the strip is shown. */
function watch() {
  if (view.timer) return;
  const look = async () => {
    view.backlog = await ask("backlog").catch(() => null);
    drawFigures();
    view.timer = byId("outages").hidden ? 0 : setTimeout(look, EVERY);
  };
  view.timer = setTimeout(look, 0);
}

function drawFigures() {
  const backlog = view.backlog ?? {};
  const figures = backlog.waiting === undefined ? [["Queue", "no answer"]] : [
    ["Waiting", `${backlog.waiting.toLocaleString()}${backlog.has_new_events ? " and new events" : ""}`],
    ["Due", dueText(backlog)],
    ["Waits for its retry", backlog.retried ? `${backlog.retried.toLocaleString()}, next in ${seconds(backlog.next_try_s)}` : "none"],
    ["Held", backlog.held.toLocaleString()],
    ["Given up", backlog.given_up.toLocaleString()],
    backlog.refused.length ? ["Paused, Chat refuses", `${backlog.refused.map(titleOf).join(", ")}: /pipenotify space resume`] : null,
  ].filter(Boolean);
  byId("outages").querySelector(".outage-figures")?.replaceChildren(...figures.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

/** What is due now; where something waits, but only for its next try, that is no nothing. */
function dueText(backlog) {
  if (backlog.oldest_due_s !== null) return `since ${seconds(backlog.oldest_due_s)}`;
  return backlog.retried ? "nothing before the retry" : "nothing";
}

const seconds = (count) => (count < 120 ? `${count} s` : `${Math.round(count / 60)} min`);
const titleOf = (name) => world.state.spaces.find((each) => each.name === name)?.displayName || name;

function say(node, words) {
  if (node.textContent !== words) node.textContent = words; // a screen reader says it again otherwise
}
