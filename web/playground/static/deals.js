// What one can do with a deal: the forms that make and change it, and its menu.

import { openForm } from "./forms.js";
import { inPipedrive, reason, toast, world } from "./world.js";

const board = () => world.state.pipedrive;
const names = (list) => list.slice(0, 200).map((each) => each.name);
const stages = () => board().pipelines.flatMap((line) => line.stages.map((stage) => [stage.id, board().pipelines.length > 1 ? `${line.name}: ${stage.name}` : stage.name]));

/** Do it and say so; for buttons, where there is no form to keep open. */
export async function act(action, args, words) {
  try {
    await inPipedrive(action, args);
    if (words) toast(words);
  } catch (error) {
    toast(reason(error));
  }
}

function dealFields(deal) {
  return [
    { name: "title", label: "Title", value: deal.title ?? "", required: true, wide: true, placeholder: "40 licences for the Prague office" },
    { name: "value", label: "Value", type: "number", min: 0, step: "any", value: deal.value ?? 12000 },
    { name: "currency", label: "Currency", value: deal.currency ?? board().currencies[0], options: board().currencies.map((each) => [each, each]) },
    { name: "org_name", label: "Organization", value: deal.org_name ?? "", suggestions: names(board().organizations), wide: true },
    { name: "person_name", label: "Contact", value: deal.person_name ?? "", suggestions: names(board().persons), wide: true },
    { name: "owner_id", label: "Owner", value: deal.owner_id, options: board().users.map((each) => [each.id, each.name]) },
    { name: "stage_id", label: "Stage", value: deal.stage_id, options: stages() },
  ];
}

/** Numbers as numbers, and nothing for what was left empty. */
function dealFrom(values) {
  const deal = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
  for (const key of ["value", "owner_id", "stage_id"]) if (key in deal) deal[key] = Number(deal[key]);
  return deal;
}

export function newDeal(stageId, ownerId) {
  openForm({ title: "New deal", fields: dealFields({ stage_id: stageId, owner_id: ownerId }), action: "Create deal", submit: (values) => inPipedrive("create_deal", dealFrom(values)) });
}

/** Only what was changed is sent: Pipedrive's webhook names exactly that as touched. */
function editDeal(deal) {
  const submit = (values) => {
    const changed = Object.entries(dealFrom(values)).filter(([key, value]) => String(value) !== String(deal[key] ?? ""));
    return changed.length ? inPipedrive("edit_deal", { id: deal.id, ...Object.fromEntries(changed) }) : null;
  };
  openForm({ title: "Edit deal", fields: dealFields(deal), action: "Save", submit });
}

function changeValue(deal) {
  const fields = [{ name: "value", label: `Value in ${deal.currency}`, type: "number", min: 0, step: "any", value: deal.value, required: true, wide: true }];
  openForm({ title: "Change the value", note: deal.title, fields, action: "Save", submit: ({ value }) => inPipedrive("change_value", { id: deal.id, value: Number(value) }) });
}

export function loseDeal(deal) {
  const fields = [{ name: "lost_reason", label: "Why was it lost?", value: "", wide: true, suggestions: ["Too expensive", "Chose a competitor", "No budget this year", "No answer"] }];
  openForm({ title: "Mark as lost", note: deal.title, fields, action: "Mark as lost", danger: true, submit: ({ lost_reason: why }) => inPipedrive("lose_deal", { id: deal.id, ...(why ? { lost_reason: why } : {}) }) });
}

export function deleteDeal(deal) {
  openForm({ title: "Delete this deal?", note: deal.title, fields: [], action: "Delete", danger: true, submit: () => inPipedrive("delete_deal", { id: deal.id }) });
}

function followDeal(deal) {
  const fields = [{ name: "follower_id", label: "Who follows it?", value: deal.owner_id, options: board().users.map((each) => [each.id, each.name]), wide: true }];
  openForm({ title: "Add a follower", note: deal.title, fields, action: "Add", submit: ({ follower_id: who }) => inPipedrive("follow_deal", { id: deal.id, follower_id: Number(who) }) });
}

export const winDeal = (deal) => act("win_deal", { id: deal.id }, `Won: ${deal.title}`);
export const moveDeal = (deal, stageId) => (deal.stage_id === stageId ? null : act("move_deal", { id: deal.id, stage_id: stageId }));

/** Whether some user of Pipedrive may not see a deal. */
export const isHidden = (deal) => ["1", "5"].includes(String(deal.visible_to));

/** `parts` are further entries, for what hangs on the deal. */
export function dealMenu(deal, parts) {
  const moves = stages().filter(([id]) => id !== deal.stage_id);
  const open = deal.status === "open";
  return [
    ...(open
      ? [
          { label: "Mark as won", icon: "trophy", run: () => winDeal(deal) },
          { label: "Mark as lost", icon: "thumbDown", run: () => loseDeal(deal) },
        ]
      : [{ label: "Reopen", icon: "redo", run: () => act("reopen_deal", { id: deal.id }, `Reopened: ${deal.title}`) }]),
    { label: "Change the value", icon: "money", run: () => changeValue(deal) },
    { label: "Edit", icon: "edit", run: () => editDeal(deal) },
    { label: "Add a follower", icon: "group", run: () => followDeal(deal) },
    isHidden(deal)
      ? { label: "Show to everybody", icon: "group", run: () => act("edit_deal", { id: deal.id, visible_to: "3" }, `Everybody sees ${deal.title}`) }
      : { label: "Hide from other users", icon: "lock", run: () => act("edit_deal", { id: deal.id, visible_to: "1" }, `Only its owner and admins see ${deal.title}`) },
    ...parts,
    { label: "Delete", icon: "trash", danger: true, run: () => deleteDeal(deal) },
    ...(open ? [{ heading: "Move to" }, ...moves.map(([id, words]) => ({ label: words, icon: "arrow", run: () => moveDeal(deal, id) }))] : []),
  ];
}
