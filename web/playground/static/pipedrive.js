// The right half: Pipedrive's board. A column a stage, deals to drag, win and lose, an import, and the webhooks sent.

import { avatar, byId, clockTime, el, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";
import { deleteDeal, dealMenu, isHidden, loseDeal, moveDeal, newDeal, winDeal } from "./deals.js";
import { newActivity, newLead, newNote, newOrganization, newPerson, newProduct, partsMenu } from "./things.js";
import { openRecord } from "./records.js";
import { startImport } from "./bulk.js";
import { me, world } from "./world.js";

const SHOWN = 25; // deals of a column before "Show more": an import of 500 stays quick to draw
const view = { status: "open", pipeline: null, more: {}, dragged: null };
const board = () => world.state.pipedrive;
const myId = () => board().users.find((each) => each.email === me()?.email)?.id ?? board().users[0]?.id;

export function startBoard() {
  byId("deal-new").append(icon("add"), "Deal");
  byId("board-more").append("More", icon("down"));
  byId("deal-new").addEventListener("click", () => newDeal(pipeline()?.stages[0]?.id, myId()));
  byId("board-more").addEventListener("click", openMore);
  startDropBar();
}

function openMore() {
  openMenu(byId("board-more"), [
    { label: "Import 500 deals", icon: "inbox", run: () => startImport(500) },
    { label: "Import 50 deals", icon: "inbox", run: () => startImport(50) },
    { label: "New lead", icon: "flag", run: () => newLead(myId()) },
    { label: "New activity", icon: "calendar", run: () => newActivity(myId()) },
    { label: "New note", icon: "file", run: () => newNote() },
    { label: "New person", icon: "person", run: newPerson },
    { label: "New organization", icon: "building", run: newOrganization },
    { label: "New product", icon: "product", run: newProduct },
  ]);
}

const pipeline = () => board().pipelines.find((each) => each.id === view.pipeline) ?? board().pipelines[0];

export function drawBoard(state) {
  const company = state.pipedrive.company ?? {};
  byId("board-note").textContent = [company.name, company.domain].filter(Boolean).join(" · ");
  drawBar();
  drawColumns();
  drawWire();
}

function drawBar() {
  const count = (status) => here().filter((each) => each.status === status).length;
  const tabs = [["open", "Open"], ["won", "Won"], ["lost", "Lost"]].map(([status, words]) =>
    el("button", { type: "button", class: "tab", "aria-pressed": String(view.status === status), onclick: () => show({ status }) }, words, el("span", { class: "count" }, count(status).toLocaleString())));
  const lines = board().pipelines;
  const picker = lines.length > 1
    ? el("select", { class: "pipeline-picker", "aria-label": "Pipeline", onchange: (event) => show({ pipeline: Number(event.target.value) }) }, lines.map((each) => el("option", { value: each.id, selected: each.id === pipeline().id }, each.name)))
    : null;
  const signature = JSON.stringify([view.status, pipeline()?.id, lines, tabs.map((each) => each.textContent)]);
  const bar = [{ node: el("div", { class: "bar-inside" }, el("div", { class: "tabs", role: "group", "aria-label": "Which deals" }, tabs), picker) }];
  reconcile(byId("board-bar"), bar, () => "bar", () => signature, (item) => item.node);
}

function show(change) {
  Object.assign(view, change);
  drawBar();
  drawColumns();
}

const here = () => board().deals.filter((each) => each.pipeline_id === pipeline()?.id);

function drawColumns() {
  const deals = here().filter((each) => each.status === view.status);
  const stages = [...(pipeline()?.stages ?? [])].sort((one, other) => one.order_nr - other.order_nr);
  reconcile(byId("columns"), stages, (stage) => `stage-${stage.id}`, (stage) => stage.name, drawColumn);
  for (const stage of stages) fillColumn(stage, deals.filter((each) => each.stage_id === stage.id));
}

function drawColumn(stage) {
  const column = el("section", { class: "column", "aria-label": stage.name }, el("header", { class: "column-head" }), el("div", { class: "deals" }), el("div", { class: "column-foot" }));
  column.addEventListener("dragover", (event) => view.dragged && (event.preventDefault(), column.classList.add("over")));
  column.addEventListener("dragleave", (event) => !column.contains(event.relatedTarget) && column.classList.remove("over"));
  column.addEventListener("drop", (event) => {
    event.preventDefault();
    column.classList.remove("over");
    if (view.dragged) moveDeal(view.dragged, stage.id);
  });
  return column;
}

function fillColumn(stage, deals) {
  const [head, list, foot] = [...document.querySelector(`[data-key="stage-${stage.id}"]`).children];
  const limit = view.more[stage.id] ?? SHOWN;
  const newestFirst = [...deals].sort((one, other) => Number(other.id) - Number(one.id));
  head.replaceChildren(el("h3", {}, stage.name), el("p", {}, el("span", { class: "sums" }, totals(deals)), el("span", {}, deals.length === 1 ? "1 deal" : `${deals.length.toLocaleString()} deals`)));
  reconcile(list, newestFirst.slice(0, limit), (deal) => `deal-${deal.id}`, (deal) => JSON.stringify(deal), drawDeal);
  foot.replaceChildren(...columnFoot(stage, deals.length, limit));
}

function columnFoot(stage, count, limit) {
  if (count > limit) {
    const more = () => show({ more: { ...view.more, [stage.id]: limit + 100 } });
    return [el("button", { type: "button", class: "button borderless", onclick: more }, `Show more (${(count - limit).toLocaleString()})`)];
  }
  return count || view.status !== "open" ? [] : [el("p", { class: "column-empty" }, "Drop a deal here")];
}

/** Sums by currency, the largest first, one below the other; amounts of different currencies never add up. */
function totals(deals) {
  const sums = new Map();
  for (const each of deals) sums.set(each.currency, (sums.get(each.currency) ?? 0) + Number(each.value ?? 0));
  const shown = [...sums].sort(([, one], [, other]) => other - one).filter(([, sum]) => sum);
  return shown.length ? shown.map(([currency, sum]) => el("span", { class: "sum" }, money(sum, currency))) : "–";
}

function money(value, currency) {
  try {
    return new Intl.NumberFormat([], { style: "currency", currency, maximumFractionDigits: value % 1 ? 2 : 0 }).format(value);
  } catch {
    return `${value} ${currency}`;
  }
}

function drawDeal(deal) {
  const open = deal.status === "open";
  const button = (label, name, classes, run) => el("button", { type: "button", class: `icon-button small ${classes}`, title: label, "aria-label": `${label}: ${deal.title}`, onclick: run }, icon(name));
  const menu = button("More", "more", "", (event) => openMenu(event.currentTarget, dealMenu(deal, [{ label: "Show all of it", icon: "open", run: () => openRecord("deal", deal.id) }, ...partsMenu(deal, myId())])));
  menu.setAttribute("aria-haspopup", "menu");
  const node = el("article", { class: `deal ${deal.status}`, draggable: open ? "true" : null, "aria-label": deal.title },
    el("h4", {}, deal.title, isHidden(deal) ? el("span", { class: "deal-hidden", title: "Only its owner and admins see it" }, icon("lock"), el("span", { class: "unseen" }, " (only its owner and admins see it)")) : null),
    deal.org_name || deal.person_name ? el("p", { class: "deal-who" }, deal.org_name || deal.person_name) : null,
    el("p", { class: "deal-line" }, el("span", { class: "deal-value" }, money(Number(deal.value ?? 0), deal.currency)), open ? null : el("span", { class: "deal-status" }, deal.status)),
    deal.status === "lost" && deal.lost_reason ? el("p", { class: "deal-who" }, deal.lost_reason) : null,
    el("div", { class: "deal-foot" }, el("span", { class: "deal-owner", title: deal.owner_name }, avatar(deal.owner_name, "small"), el("span", { class: "unseen" }, `Owner ${deal.owner_name}`)),
      open ? button("Win", "trophy", "win", () => winDeal(deal)) : null, open ? button("Lose", "thumbDown", "lose", () => loseDeal(deal)) : null, menu));
  node.addEventListener("dragstart", (event) => drag(event, deal, node));
  node.addEventListener("dragend", () => drop(node));
  return node;
}

function drag(event, deal, node) {
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", deal.title);
  view.dragged = deal;
  setTimeout(() => {
    node.classList.add("dragged"); // after the browser took its picture of the card
    byId("drop-bar").hidden = false;
  });
}

function drop(node) {
  view.dragged = null;
  node.classList.remove("dragged");
  byId("drop-bar").hidden = true;
}

function startDropBar() {
  const zone = (words, name, classes, run) => {
    const node = el("div", { class: `drop-zone ${classes}` }, icon(name), words);
    node.addEventListener("dragover", (event) => (event.preventDefault(), node.classList.add("over")));
    node.addEventListener("dragleave", () => node.classList.remove("over"));
    node.addEventListener("drop", (event) => {
      event.preventDefault();
      node.classList.remove("over");
      if (view.dragged) run(view.dragged);
    });
    return node;
  };
  byId("drop-bar").append(zone("Delete", "trash", "", deleteDeal), zone("Lost", "thumbDown", "lose", loseDeal), zone("Won", "trophy", "win", winDeal));
}

function drawWire() {
  const sent = [...(board().deliveries ?? [])].reverse();
  const banned = (board().webhooks ?? []).filter((each) => each.banned).length;
  byId("wire").querySelector("summary").replaceChildren("Webhooks sent", el("span", { class: "count" }, `${(board().webhooks ?? []).length} registered`), banned ? el("span", { class: "deal-status" }, `${banned} banned`) : "");
  const lines = sent.map((each) => el("li", { class: Number(each.status) >= 200 && Number(each.status) < 300 ? "" : "bad" },
    el("span", { class: "wire-status" }, String(each.status ?? "–")), el("span", {}, `${each.event} ${each.object_id}`),
    each.attempt > 1 ? el("span", {}, `attempt ${each.attempt}`) : "", el("time", {}, clockTime(each.at * 1000))));
  byId("wire-lines").replaceChildren(lines.length ? el("ul", {}, lines) : el("p", {}, "Nothing yet. Change a deal, and see what Pipedrive tells the app."));
}
