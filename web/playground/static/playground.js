// Starts the page: a Chat at the left, a Pipedrive at the right, both kept in step with the server.

import { avatar, byId, el, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { drawChat, openSpaceMenu, toEnd } from "./chat.js";
import { drawComposer, startComposer } from "./composer.js";
import { drawDialog, startDialog } from "./dialog.js";
import { drawBoard, startBoard } from "./pipedrive.js";
import { reopenHints, startHints } from "./hints.js";
import { inspectNew } from "./inspector.js";
import { openMenu } from "./menu.js";
import { drawOutages, openOutages } from "./outages.js";
import { tell } from "./doors.js";
import { drawPeek } from "./peek.js";
import { startRecords } from "./records.js";
import { follow } from "./live.js";
import { look, onState, reason, refresh, toast, world } from "./world.js";

function drawPeople(state) {
  const choose = (person) => () => look({ viewer: person.name }).catch((error) => toast(reason(error)));
  const roleOf = (person) => (state.roles ? (state.roles[person.email] ?? "guest") : "");
  reconcile(byId("people"), state.people, (person) => person.name, (person) => JSON.stringify([person, state.viewer, roleOf(person)]), (person) =>
    el("button", { type: "button", class: "person", "aria-pressed": String(person.name === state.viewer), title: person.email, onclick: choose(person) },
      avatar(person.displayName, "small"),
      el("span", { class: "person-words" }, el("span", {}, person.displayName.split(" ")[0]), roleOf(person) ? el("span", { class: "person-role" }, roleOf(person)) : null)));
}

const DIALECTS = [["classic", "Chat app", "Chat’s own events"], ["addon", "Workspace add-on", "events of a Workspace add-on"]];

function openTools() {
  const speak = (dialect, words) => () =>
    tell("dialect", { dialect }).then(refresh).then(() => toast(`The app gets ${words} from now on.`)).catch((error) => toast(reason(error)));
  openMenu(byId("tools"), [
    { heading: "The app is installed as a" },
    ...DIALECTS.map(([key, label, words]) => ({ label, icon: "check", checked: key === world.state?.dialect, run: speak(key, words) })),
    { heading: "Playground" },
    { label: "Let something fail", icon: "warning", run: openOutages },
    { label: "Check a card of your own", icon: "code", run: inspectNew },
    { label: "Show the first steps", icon: "flag", run: reopenHints },
  ]);
}

function startPanes() {
  const buttons = [...document.querySelectorAll(".panes button")];
  const mark = () => {
    for (const each of buttons) each.setAttribute("aria-pressed", String(each.dataset.pane === document.body.dataset.pane));
  };
  for (const each of buttons) each.addEventListener("click", () => (document.body.dataset.pane = each.dataset.pane));
  new MutationObserver(() => {
    mark();
    if (world.state) drawChat(world.state);
    toEnd();
  }).observe(document.body, { attributeFilter: ["data-pane"] });
  mark();
}

/** What Chat would never show, and a developer wants to know: why it refused the app's answer. */
function explain({ detail: outcome }) {
  const trouble = byId("trouble");
  if (outcome.notification) toast(outcome.notification.text ?? outcome.notification);
  trouble.hidden = !["refused", "failed"].includes(outcome.kind);
  if (trouble.hidden) return;
  const title = outcome.kind === "refused" ? "Chat refused the app's answer" : "The app gave no good answer in time";
  const close = el("button", { type: "button", class: "icon-button small", "aria-label": "Hide", onclick: () => (trouble.hidden = true) }, icon("close"));
  trouble.replaceChildren(icon("warning"), el("div", {}, el("strong", {}, title), el("ul", {}, (outcome.problems ?? []).map((each) => el("li", {}, String(each))))), close);
}

function start() {
  byId("space-menu").append(icon("more"));
  byId("space-menu").setAttribute("aria-label", "This space");
  byId("space-menu").addEventListener("click", openSpaceMenu);
  byId("tools").append(icon("settings"));
  byId("tools").addEventListener("click", openTools);
  startPanes();
  startComposer();
  startDialog();
  startBoard();
  startHints();
  startRecords();
  addEventListener("outcome", explain);
  document.addEventListener("visibilitychange", () => world.state && drawChat(world.state));
  addEventListener("commands", () => world.state && drawChat(world.state));
  for (const draw of [drawPeople, drawChat, drawComposer, drawDialog, drawBoard, drawPeek, drawOutages]) onState(draw);
  const note = (words) => (byId("link-state").textContent = words);
  refresh()
    .catch((error) => note(reason(error)))
    .finally(() => {
      document.body.classList.add("ready");
      follow(world.state?.version ?? -1, { changed: refresh, lost: () => note("Reconnecting…"), found: () => note("") });
    });
}

start();
