// What Pipedrive has beside deals: the forms that make leads, persons, organizations, products, activities and notes.

import { openForm } from "./forms.js";
import { act } from "./deals.js";
import { inPipedrive, world } from "./world.js";

const board = () => world.state.pipedrive;
const names = (list) => list.slice(0, 200).map((each) => each.name);
const currencies = () => board().currencies.map((each) => [each, each]);
const owners = () => board().users.map((each) => [each.id, each.name]);
const deals = () => board().deals.filter((each) => each.status === "open").slice(0, 200).map((each) => [each.id, each.title]);
const KINDS = [["call", "Call"], ["meeting", "Meeting"], ["task", "Task"], ["email", "E-mail"], ["lunch", "Lunch"]];
const NUMBERS = ["amount", "price", "owner_id", "deal_id"];

/** Numbers as numbers, and nothing for what was left empty. */
function filled(values) {
  const kept = Object.entries(values).filter(([, value]) => value !== "");
  return Object.fromEntries(kept.map(([key, value]) => [key, NUMBERS.includes(key) ? Number(value) : value]));
}

const create = (action) => (values) => inPipedrive(action, filled(values));

export function newLead(ownerId) {
  const fields = [
    { name: "title", label: "Title", required: true, wide: true, placeholder: "Asked for a price on the web site" },
    { name: "amount", label: "Amount", type: "number", min: 0, step: "any", value: 5000 },
    { name: "currency", label: "Currency", options: currencies() },
    { name: "person_name", label: "Contact", required: true, suggestions: names(board().persons), wide: true },
    { name: "owner_id", label: "Owner", value: ownerId, options: owners() },
  ];
  openForm({ title: "New lead", fields, action: "Create lead", submit: create("create_lead") });
}

export function newPerson() {
  const fields = [
    { name: "name", label: "Name", required: true, wide: true },
    { name: "email", label: "E-mail", type: "email" },
    { name: "phone", label: "Telephone", type: "tel" },
    { name: "org_name", label: "Organization", suggestions: names(board().organizations), wide: true },
  ];
  openForm({ title: "New person", fields, action: "Create person", submit: create("create_person") });
}

export function newOrganization() {
  const fields = [{ name: "name", label: "Name", required: true, wide: true }];
  openForm({ title: "New organization", fields, action: "Create organization", submit: create("create_organization") });
}

export function newProduct() {
  const fields = [
    { name: "name", label: "Name", required: true, wide: true },
    { name: "code", label: "Code", wide: true },
    { name: "price", label: "Price", type: "number", min: 0, step: "any", value: 490 },
    { name: "currency", label: "Currency", options: currencies() },
  ];
  openForm({ title: "New product", fields, action: "Create product", submit: create("create_product") });
}

export function newActivity(ownerId, dealId = "") {
  const fields = [
    { name: "subject", label: "Subject", required: true, wide: true, placeholder: "Call about the offer" },
    { name: "type", label: "Kind", options: KINDS },
    { name: "due_date", label: "Due", type: "date" },
    { name: "deal_id", label: "Deal", value: dealId, options: [["", "none"], ...deals()], wide: true },
    { name: "owner_id", label: "For", value: ownerId, options: owners() },
  ];
  openForm({ title: "New activity", fields, action: "Create activity", submit: create("create_activity") });
}

export function newNote(dealId = "") {
  const fields = [
    { name: "content", label: "Note", required: true, wide: true, maxlength: 4000 },
    { name: "deal_id", label: "Deal", value: dealId, options: deals(), wide: true, required: true },
  ];
  openForm({ title: "New note", fields, action: "Add note", submit: create("create_note") });
}

/** The entries of a deal's menu for what hangs on it. */
export function partsMenu(deal, ownerId) {
  const due = (board().activities ?? []).filter((each) => each.deal_id === deal.id);
  return [
    { label: "Add a note", icon: "file", run: () => newNote(deal.id) },
    { label: "Add an activity", icon: "calendar", run: () => newActivity(ownerId, deal.id) },
    ...due.map((each) => ({ label: `Done: ${each.subject}`, icon: "check", run: () => act("finish_activity", { id: each.id }, `Done: ${each.subject}`) })),
  ];
}
