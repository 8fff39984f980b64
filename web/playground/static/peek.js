// On a phone one pane is seen at a time: a card that arrives while another pane is open is shown above it for a moment.

import { byId, el } from "./dom.js";
import { ask } from "./doors.js";
import { icon } from "./icons.js";
import { drawMessage } from "./chat.js";
import { look, reason, toast, windowId, world } from "./world.js";

const SHOWN_MS = 12_000;
let known = null;
let hiding = 0;

const isChatHidden = () => !document.querySelector(".pane.chat").checkVisibility();

export function drawPeek(state) {
  const last = new Map(state.spaces.map((each) => [each.name, each.last?.name]));
  const before = known?.viewer === state.viewer ? known.last : null;
  known = { viewer: state.viewer, last };
  if (!isChatHidden()) hide();
  else if (before) showFirst(state.spaces.filter((each) => each.last?.sender?.type === "BOT" && each.last.name !== before.get(each.name)));
}

async function showFirst([space]) {
  if (!space) return;
  try {
    const there = await ask("state", { viewer: world.viewer, space: space.name, window: windowId });
    const message = there.messages.at(-1);
    if (message && isChatHidden()) show(space, message);
  } catch (error) {
    toast(reason(error));
  }
}

function show(space, message) {
  const go = () => {
    hide();
    document.body.dataset.pane = "chat";
    look({ space: space.name }).catch((error) => toast(reason(error)));
  };
  const name = space.displayName || "Pipenotify";
  byId("peek").replaceChildren(
    el("div", { class: "peek-head" },
      el("button", { type: "button", class: "button borderless", onclick: go }, icon("chat"), `Show in ${name}`),
      el("button", { type: "button", class: "icon-button small", "aria-label": "Hide the new card", onclick: hide }, icon("close"))),
    drawMessage(message));
  byId("peek").hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(hide, SHOWN_MS);
}

function hide() {
  byId("peek").hidden = true;
}
