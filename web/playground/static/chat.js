// The left half: the list of spaces, and the messages of the one that is open, in threads.

import { avatar, byId, clockTime, el, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { cardsOf } from "./cards.js";
import { openForm } from "./forms.js";
import { messageActions } from "./composer.js";
import { messageText } from "./richtext.js";
import { openMenu } from "./menu.js";
import { currentSpace, inChat, look, markSeen, me, reason, search, toast, wasSeen, world } from "./world.js";
import { pressed } from "./press.js";
import { inspectButton } from "./inspector.js";

const FOLDED_REPLIES = 3; // longer threads show their last replies and a way to the others
const unfolded = new Set();
let spoken = null;

export function drawChat(state) {
  drawSpaces(state);
  drawHead();
  const near = atEnd();
  const moved = byId("messages").dataset.space !== `${state.space} ${state.viewer}`;
  byId("messages").dataset.space = `${state.space} ${state.viewer}`;
  drawMessages(state);
  if (moved || near) toEnd();
  speak(state, moved);
}

function drawSpaces(state) {
  const visible = document.querySelector(".pane.chat").checkVisibility() && !document.hidden;
  const last = state.spaces.find((each) => each.name === state.space)?.news;
  if (visible && last) markSeen(state.space, last);
  byId("chat-dot").hidden = !state.spaces.some((each) => each.news && !wasSeen(each.name, each.news));
  const groups = [
    ["Direct messages", state.spaces.filter((each) => each.spaceType === "DIRECT_MESSAGE")],
    ["Spaces", state.spaces.filter((each) => each.spaceType !== "DIRECT_MESSAGE")],
  ].filter(([, list]) => list.length);
  reconcile(byId("spaces"), groups.reverse(), ([title]) => title, (group) => JSON.stringify([group, state.space, unreadOf(group[1])]), drawGroup);
}

/** A silent message does not mark its space. */
const isUnread = (space) => Boolean(space.news) && space.name !== world.space && !wasSeen(space.name, space.news);
const unreadOf = (spaces) => spaces.map(isUnread);

function drawGroup([title, spaces]) {
  return el("div", { class: "space-group" }, el("h3", {}, title), el("ul", {}, spaces.map((each) => el("li", {}, spaceButton(each)))));
}

function spaceButton(space) {
  const unread = isUnread(space);
  const go = () => {
    look({ space: space.name }).catch((error) => toast(reason(error)));
    document.body.dataset.pane = "chat";
  };
  return el(
    "button",
    { type: "button", class: `space${unread ? " unread" : ""}`, "aria-current": space.name === world.space ? "page" : null, onclick: go },
    spaceAvatar(space),
    el("span", { class: "space-words" },
      el("span", { class: "space-name" }, nameOf(space)),
      el("span", { class: "space-last" }, space.last ? space.last.text : "Nothing yet")),
    unread ? el("span", { class: "dot" }, el("span", { class: "unseen" }, "new messages")) : null,
  );
}

const isDirect = (space) => space.spaceType === "DIRECT_MESSAGE";
const nameOf = (space) => space.displayName || "Pipenotify";

function spaceAvatar(space) {
  if (!isDirect(space)) return avatar(nameOf(space), "square");
  return el("span", { class: "avatar app-avatar", "aria-hidden": "true" }, icon("bell"));
}

function drawHead() {
  const space = currentSpace();
  if (!space) return;
  byId("space-title").textContent = nameOf(space);
  const direct = isDirect(space);
  byId("space-note").textContent = direct ? "Direct message with the app" : space.appIsMember ? "Pipenotify is a member" : "Pipenotify is not in this space";
  byId("space-avatar").replaceWith(Object.assign(spaceAvatar(space), { id: "space-avatar" }));
}

export function openSpaceMenu() {
  const space = currentSpace();
  const add = () => inChat("app/add", {}).then(() => toast("Pipenotify joined the space")).catch((error) => toast(reason(error)));
  openMenu(byId("space-menu"), [
    space.appIsMember
      ? { label: "Remove Pipenotify from here", icon: "minus", danger: true, run: () => removeApp(space) }
      : { label: "Add Pipenotify to this space", icon: "add", run: add },
  ]);
}

function removeApp(space) {
  const note = `Cards stop coming to ${nameOf(space)}. Its rules stay as they are.`;
  const submit = () => inChat("app/remove", {}).then(() => toast("Pipenotify left the space"));
  openForm({ title: "Remove Pipenotify from here?", note, fields: [], action: "Remove", danger: true, submit });
}

function drawMessages(state) {
  const threads = threadsOf(state.messages);
  const items = threads.length ? threads : [{ key: "empty", messages: [] }];
  const earlier = state.earlier ? [{ key: "earlier", earlier: state.earlier }] : [];
  const signature = (thread) => JSON.stringify([thread, unfolded.has(thread.key), currentSpace()?.appIsMember, messageActions().length]);
  reconcile(byId("messages"), [...earlier, ...items], (thread) => thread.key, signature, drawThread);
}

function threadsOf(messages) {
  const threads = new Map();
  for (const message of messages) {
    const key = message.thread?.name ?? message.name;
    if (!threads.has(key)) threads.set(key, { key, messages: [] });
    threads.get(key).messages.push(message);
  }
  return [...threads.values()];
}

function drawThread(thread) {
  if (thread.earlier) return el("p", { class: "earlier" }, `${thread.earlier} earlier messages are not shown`);
  const [first, ...replies] = thread.messages;
  if (!first) return emptyStream();
  const folded = unfolded.has(thread.key) ? 0 : Math.max(0, replies.length - FOLDED_REPLIES);
  return el("article", { class: "thread" },
    drawMessage(first),
    replies.length ? el("div", { class: "replies" }, folded ? unfoldButton(thread, folded) : null, replies.slice(folded).map(drawMessage)) : null,
    el("button", { type: "button", class: "reply-button", onclick: () => replyTo(thread, first) }, icon("reply"), "Reply"),
    first.sender?.type === "BOT" && first.cardsV2 ? el("button", { type: "button", class: "reply-button", onclick: () => replyTo(thread, first, "@Pipenotify ") }, icon("chat"), "Note it") : null);
}

function unfoldButton(thread, count) {
  const show = () => {
    unfolded.add(thread.key);
    drawMessages(world.state);
  };
  return el("button", { type: "button", class: "unfold", onclick: show }, count === 1 ? "1 earlier reply" : `${count} earlier replies`);
}

/** Answer in a thread; `words` begin the message: a mention, so that the app hears it. */
function replyTo(thread, first, words = "") {
  if (words) byId("composer-box").value = words;
  world.thread = { name: thread.key, words: plainWords(first) };
  dispatchEvent(new Event("thread"));
  byId("composer-box").focus();
}

export function drawMessage(message) {
  const person = world.state.people.find((each) => each.name === message.sender?.name);
  const name = person?.displayName ?? message.sender?.displayName ?? "Pipenotify";
  const scene = { place: "message", people: world.state.people, spaces: world.state.spaces, press: pressed((body) => inChat("click", { message: message.name, ...body })), search };
  return el(
    "div",
    { class: `message${message.error ? " failed" : ""}`, dataset: { name: message.name } },
    person ? avatar(name) : el("span", { class: "avatar app-avatar", "aria-hidden": "true" }, icon("bell")),
    el("div", { class: "message-body" },
      el("p", { class: "byline" },
        el("strong", {}, name), person ? null : el("span", { class: "badge" }, "App"),
        el("time", { datetime: message.createTime }, clockTime(message.createTime)),
        message.lastUpdateTime && message.lastUpdateTime !== message.createTime ? el("span", {}, "edited") : null,
        person && currentSpace()?.appIsMember ? messageActions().map((each) => actionButton(each, message)) : null,
        message.error || (person && !message.cardsV2) ? null : [person ? null : bell(message), inspectButton({ message: message.name })]),
      message.privateMessageViewer ? el("p", { class: "private" }, icon("lock"), "Only visible to you") : null,
      message.text ? el("div", { class: "text" }, message.error ? icon("error") : null, el("div", {}, messageText(message.text, world.state.people))) : null,
      cardsOf(message, scene)),
  );
}

/** What Chat has in the menu of a message; here it is a button beside its time. */
function actionButton(command, message) {
  const run = () => inChat("message-action", { command: command.id, message: message.name }).catch((error) => toast(reason(error)));
  return el("button", { type: "button", class: "icon-button small inspect", "aria-label": command.name, title: command.name, onclick: run }, icon("edit"));
}

const BELLS = {
  NOTIFICATION_TYPE_SILENT: ["bellOff", "Silent", "Nobody is notified, and the space is not marked as unread"],
  NOTIFICATION_TYPE_FORCE_NOTIFY: ["bell", "Notifies all", "Everybody is notified, whatever they have set"],
};

/** How Chat notifies people of a message; Chat itself never shows it. */
function bell(message) {
  if (message.privateMessageViewer) return null;
  const [name, words, why] = BELLS[message.notification] ?? ["bell", "Notifies", "People are notified as they have set it"];
  return el("span", { class: "notified", title: why }, icon(name), words);
}

function emptyStream() {
  const space = currentSpace();
  const next = isDirect(space ?? {})
    ? "Type help to see what the app can do."
    : space?.appIsMember
      ? "What rules post here arrives here. Type /pipenotify to see them, or to make one."
      : "Add Pipenotify to this space first: the menu at the top right, or the button here.";
  const add = space?.appIsMember === false && !isDirect(space)
    ? el("button", { type: "button", class: "button filled", onclick: () => inChat("app/add", {}).catch((error) => toast(reason(error))) }, icon("add"), "Add Pipenotify")
    : null;
  return el("div", { class: "empty" }, el("span", { class: "empty-mark", "aria-hidden": "true" }, icon("chat")), el("h3", {}, "No messages yet"), el("p", {}, next), add);
}

/** The words of a message, for the thread chip and for screen readers. */
function plainWords(message) {
  return message.text || message.fallbackText || message.cardsV2?.[0]?.card?.header?.title || "Card";
}

function speak(state, moved) {
  const last = state.messages.at(-1);
  const fresh = last && !moved && spoken !== null && last.name !== spoken && last.sender?.name !== me()?.name;
  spoken = last?.name ?? "";
  if (!fresh) return;
  byId("spoken").replaceChildren(el("p", {}, `${last.sender?.displayName ?? "Pipenotify"}: ${plainWords(last)}`));
}

const stream = () => byId("stream");
const atEnd = () => stream().scrollHeight - stream().scrollTop - stream().clientHeight < 120;

export function toEnd() {
  stream().scrollTop = stream().scrollHeight;
}
