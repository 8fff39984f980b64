// What the page knows: the last state that the server told, who looks, and how to do something and see the result.

import { ask, tell, Refused } from "./doors.js";

const KEPT = "pipenotify-playground";
const kept = readKept();

export const world = { state: null, viewer: kept.viewer ?? null, space: kept.space ?? null, thread: null, seen: kept.seen ?? {} };
/** This window alone: a reload is another one, and so is a second tab of the same person. */
export const windowId = [...crypto.getRandomValues(new Uint8Array(8))].map((each) => each.toString(16).padStart(2, "0")).join("");

const watchers = [];
let asking = null;
let again = false;

export const onState = (watcher) => watchers.push(watcher);

function readKept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}

function keep() {
  sessionStorage.setItem(KEPT, JSON.stringify({ viewer: world.viewer, space: world.space, seen: world.seen }));
}

/** Ask for the state and draw it; calls that come while one is under way share one more. */
export function refresh() {
  if (asking) {
    again = true;
    return asking;
  }
  asking = load().finally(() => {
    asking = null;
    if (again) {
      again = false;
      return refresh();
    }
    return null;
  });
  return asking;
}

async function load() {
  const state = await ask("state", { viewer: world.viewer, space: world.space, window: windowId });
  const stale = (world.viewer && state.viewer !== world.viewer && knows(state.people, world.viewer)) ||
    (world.space && state.space !== world.space && knows(state.spaces, world.space));
  if (stale) return; // the person moved on while we asked; another answer is on its way
  world.state = state;
  world.viewer = state.viewer;
  world.space = state.space;
  keep();
  for (const watcher of watchers) watcher(state);
}

const knows = (list, name) => list.some((each) => each.name === name);

export function look({ viewer = world.viewer, space = world.space }) {
  if (space !== world.space || viewer !== world.viewer) world.thread = null;
  Object.assign(world, { viewer, space });
  return refresh();
}

export function markSeen(space, message) {
  const key = `${world.viewer} ${space}`;
  if (world.seen[key] === message) return;
  world.seen[key] = message;
  keep();
}

export const wasSeen = (space, message) => world.seen[`${world.viewer} ${space}`] === message;

export const me = () => world.state?.people.find((each) => each.name === world.viewer);
export const currentSpace = () => world.state?.spaces.find((each) => each.name === world.space);

/** Do something in Chat as the present person; resolves to Chat's outcome, after the page shows the result. */
export async function inChat(door, body) {
  const outcome = await tell(door, { user: world.viewer, space: world.space, window: windowId, ...body });
  await refresh();
  dispatchEvent(new CustomEvent("outcome", { detail: outcome }));
  return outcome;
}

/** What the app offers to somebody who types into a choice that searches: `[{text, value, bottomText?}]`. */
export async function search(action, query) {
  const parameters = Object.fromEntries((action.parameters ?? []).map(({ key, value }) => [key, value ?? ""]));
  const outcome = await tell("autocomplete", { user: world.viewer, space: world.space, window: windowId, parameters, query });
  if (outcome.problems.length) dispatchEvent(new CustomEvent("outcome", { detail: outcome }));
  return outcome.options ?? [];
}

/** Do something in Pipedrive as the present person, who is known there by the same e-mail. */
export async function inPipedrive(action, args = {}) {
  const users = world.state.pipedrive.users;
  const user = users.find((each) => each.email === me()?.email);
  return tell("pipedrive", { action, arguments: args, user_id: user?.id ?? null });
}

export const reason = (error) => (error instanceof Refused ? error.message : "The playground does not answer. Is make demo still running?");

let hiding = 0;

export function toast(words) {
  const node = document.getElementById("toast");
  node.textContent = words;
  node.hidePopover();
  node.showPopover(); // each time anew: above any dialog that was opened since
  clearTimeout(hiding);
  hiding = setTimeout(() => node.hidePopover(), 5000);
}
