// The box at the bottom: messages, slash commands with suggestions, replies in a thread, quick commands.

import { byId, el } from "./dom.js";
import { ask } from "./doors.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";
import { toEnd } from "./chat.js";
import { currentSpace, inChat, reason, toast, world } from "./world.js";

const MOST = 8; // suggestions at a time
let known = { commands: [], subcommands: [] };
let shown = [];
let at = -1;

export function startComposer() {
  const box = byId("composer-box");
  byId("send").append(icon("send"));
  byId("send").setAttribute("aria-label", "Send");
  byId("quick").append(icon("add"));
  byId("quick").setAttribute("aria-label", "Quick commands");
  byId("quick").addEventListener("click", openQuick);
  byId("composer").addEventListener("submit", submit);
  box.addEventListener("input", suggest);
  box.addEventListener("keydown", keys);
  box.addEventListener("blur", () => setTimeout(hide, 150)); // after a click on a suggestion
  addEventListener("thread", drawThreadChip);
  ask("commands").then(learn).catch((error) => toast(reason(error)));
}

function learn(answer) {
  known = answer;
  dispatchEvent(new Event("commands"));
}

export function drawComposer() {
  const space = currentSpace();
  byId("composer-box").placeholder = space ? `Message ${space.displayName || "Pipenotify"}, or type /` : "";
  drawThreadChip();
}

/** Put words into the box, ready to be sent or finished. */
export function propose(words) {
  const box = byId("composer-box");
  box.value = words;
  box.focus();
  suggest();
}

function drawThreadChip() {
  const chip = byId("composer-thread");
  chip.hidden = !world.thread;
  if (!world.thread) return;
  const leave = () => {
    world.thread = null;
    drawThreadChip();
  };
  chip.replaceChildren(icon("reply"), el("span", {}, `Replying to: ${world.thread.words}`),
    el("button", { type: "button", class: "icon-button small", "aria-label": "Leave the thread", onclick: leave }, icon("close")));
}

async function submit(event) {
  event.preventDefault();
  const box = byId("composer-box");
  const text = box.value.trim();
  if (!text || box.readOnly) return;
  hide();
  box.readOnly = true;
  byId("composer").setAttribute("aria-busy", "true");
  try {
    await inChat("say", { text, ...(world.thread ? { thread: world.thread.name } : {}) });
    box.value = "";
  } catch (error) {
    toast(reason(error));
  } finally {
    box.readOnly = false;
    byId("composer").removeAttribute("aria-busy");
    grow();
    toEnd();
  }
}

const runQuick = (command) => inChat("quick-command", { command: command.id }).catch((error) => toast(reason(error)));

/** Run the quick command of this name; where the app has none, put `words` into the box instead. */
export function quickOr(name, words) {
  const command = known.commands.find((each) => each.name === name && each.type === "QUICK_COMMAND");
  if (command) runQuick(command);
  else propose(words);
}

/** The commands in the menu of a message. */
export const messageActions = () => known.commands.filter((each) => each.type === "MESSAGE_ACTION");

function openQuick() {
  const quick = known.commands.filter((each) => each.type === "QUICK_COMMAND");
  const slash = known.commands.filter((each) => each.type === "SLASH_COMMAND");
  openMenu(byId("quick"), [
    { heading: "Pipenotify" },
    ...quick.map((each) => ({ label: each.name, icon: "bolt", run: () => runQuick(each) })),
    ...slash.map((each) => ({ label: each.name, icon: "chat", run: () => propose(`${each.name} `) })),
  ]);
}

function matches(text) {
  if (!text.startsWith("/") || text.includes("\n")) return [];
  const slash = known.commands.filter((each) => each.type === "SLASH_COMMAND");
  const command = slash.find((each) => text.startsWith(`${each.name} `));
  if (!command) return slash.filter((each) => each.name.startsWith(text)).map((each) => ({ insert: `${each.name} `, words: each.name, description: each.description }));
  const rest = text.slice(command.name.length + 1).trimStart().toLowerCase();
  const fitting = known.subcommands.filter((each) => each.words.startsWith(rest) && each.words !== rest.trim());
  return fitting.map((each) => ({ insert: `${command.name} ${each.words}`, words: `${command.name} ${each.words}`, description: each.description }));
}

function suggest() {
  grow();
  shown = matches(byId("composer-box").value).slice(0, MOST);
  at = -1;
  byId("suggestions").replaceChildren(...shown.map(option));
  byId("suggestions").hidden = shown.length === 0;
  byId("composer-box").removeAttribute("aria-activedescendant");
}

function option(item, index) {
  return el("div", { class: "suggestion", role: "option", id: `suggestion-${index}`, "aria-selected": "false", onpointerdown: (event) => {
    event.preventDefault();
    take(index);
  } }, el("span", { class: "suggestion-words" }, item.words), el("span", { class: "suggestion-what" }, item.description));
}

function take(index) {
  propose(shown[index].insert);
  if (!shown.length) hide();
}

function hide() {
  shown = [];
  byId("suggestions").hidden = true;
  byId("composer-box").removeAttribute("aria-activedescendant");
}

function keys(event) {
  if (event.isComposing) return;
  if (shown.length && ["ArrowDown", "ArrowUp"].includes(event.key)) steer(event);
  else if (shown.length && (event.key === "Tab" || (event.key === "Enter" && at >= 0))) {
    event.preventDefault();
    take(Math.max(0, at));
  } else if (event.key === "Escape") hide();
  else if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    byId("composer").requestSubmit();
  }
}

function steer(event) {
  event.preventDefault();
  at = (at + (event.key === "ArrowDown" ? 1 : -1) + shown.length) % shown.length;
  for (const [index, node] of [...byId("suggestions").children].entries()) {
    node.setAttribute("aria-selected", String(index === at));
    if (index === at) node.scrollIntoView({ block: "nearest" });
  }
  byId("composer-box").setAttribute("aria-activedescendant", `suggestion-${at}`);
}

function grow() {
  const box = byId("composer-box");
  box.style.setProperty("height", "auto");
  box.style.setProperty("height", `${Math.min(box.scrollHeight, 160)}px`);
}
