// The dialog that the app opened for the present person: a card in a modal window.

import { byId, el } from "./dom.js";
import { icon } from "./icons.js";
import { card } from "./cards.js";
import { tell } from "./doors.js";
import { pressed } from "./press.js";
import { inspectButton } from "./inspector.js";
import { inChat, reason, refresh, search, toast, windowId, world } from "./world.js";

let drawn = null;

export function drawDialog(state) {
  const node = byId("chat-dialog");
  const signature = state.dialog ? JSON.stringify([state.viewer, state.dialog]) : null;
  if (signature === drawn) return;
  drawn = signature;
  if (!state.dialog) {
    node.close();
    return;
  }
  const place = node.open && !document.activeElement?.closest?.(".card-footer") ? placeIn(node) : null;
  node.replaceChildren(closeButton(), card(state.dialog.card, sceneOf(state)));
  if (!node.querySelector("#chat-dialog-title")) node.setAttribute("aria-label", "Pipenotify");
  if (!node.open) node.showModal();
  const first = node.querySelector("[data-input] input, [data-input] select, [data-input] textarea");
  if (place) backTo(node, place, first);
  else first?.focus();
}

/** Where somebody is in a dialog that is drawn again: the input with the focus, and how far it is scrolled. */
function placeIn(node) {
  const input = document.activeElement?.closest?.("[data-input]");
  return { name: input?.dataset.input ?? null, title: titleOf(node), tops: scrolled(node).map((each) => each.scrollTop) };
}

const scrolled = (node) => [node, ...node.querySelectorAll(".card")];
const titleOf = (node) => node.querySelector("#chat-dialog-title")?.textContent;

function backTo(node, { name, title, tops }, first) {
  const same = name && node.querySelector(`[data-input="${CSS.escape(name)}"]`);
  (same?.querySelector("input, select, textarea") ?? first)?.focus({ preventScroll: true });
  if (title === titleOf(node)) scrolled(node).forEach((each, index) => { each.scrollTop = tops[index] ?? 0; });
}

function sceneOf(state) {
  const send = (body) => inChat("dialog/submit", body);
  return { place: "dialog", people: state.people, spaces: state.spaces, press: pressed(send), search };
}

function closeButton() {
  return el("div", { class: "dialog-bar" },
    el("span", { class: "dialog-app" }, el("span", { class: "avatar app-avatar small", "aria-hidden": "true" }, icon("bell")), "Pipenotify"),
    inspectButton({}),
    el("button", { type: "button", class: "icon-button", "aria-label": "Close dialog", onclick: leave }, icon("close")));
}

async function leave() {
  try {
    await tell("dialog/close", { user: world.viewer, window: windowId });
    await refresh();
  } catch (error) {
    toast(reason(error));
  }
}

export function startDialog() {
  byId("chat-dialog").addEventListener("cancel", (event) => {
    event.preventDefault(); // the server knows of the dialog; it closes when the server says so
    leave();
  });
  addEventListener("pagehide", () => {
    if (world.state?.dialog) tell("dialog/close", { user: world.viewer, window: windowId }, { keepalive: true }).catch(() => {});
  });
}
