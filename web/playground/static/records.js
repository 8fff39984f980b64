// Pipedrive's own page of one record: links on cards lead here, and no link leads to the Internet.

import { byId, el } from "./dom.js";
import { ask } from "./doors.js";
import { reason, toast, world } from "./world.js";

const PATHS = [
  [/^\/(deal|person|organization|project)\/([^/]+)$/, (found) => [found[1], found[2]]],
  [/^\/leads\/inbox\/([^/]+)$/, (found) => ["lead", found[1]]],
];

/** The record that a link to the company's Pipedrive names; null for any other link, ["", ""] for another page of it. */
function recordOf(href) {
  const url = new URL(href, location.href);
  const domain = world.state?.pipedrive.company?.domain ?? "";
  if (!domain || ![domain, `${domain}.pipedrive.com`].includes(url.hostname)) return null;
  for (const [path, read] of PATHS) {
    const found = path.exec(url.pathname);
    if (found) return read(found).map(decodeURIComponent);
  }
  return ["", ""];
}

export async function openRecord(entity, id) {
  try {
    const record = await ask("record", { entity, id });
    if (record.missing) toast(record.missing);
    else draw(record);
  } catch (error) {
    toast(reason(error));
  }
}

const rows = (list) => list.flatMap(([label, text]) => [el("dt", {}, label), el("dd", {}, text)]);

function draw(record) {
  const dialog = byId("form-dialog");
  const close = el("button", { type: "button", class: "button filled green", onclick: () => dialog.close() }, "Close");
  dialog.replaceChildren(
    el("div", { class: "record" },
      el("p", { class: "form-note" }, `Pipedrive · ${record.entity}`),
      el("h2", { id: "form-dialog-title" }, record.title),
      el("dl", {}, rows(record.rows)),
      record.parts.length ? [el("h3", {}, "Notes and activities"), el("dl", {}, rows(record.parts))] : null,
      el("div", { class: "form-buttons" }, close)));
  if (!dialog.open) dialog.showModal();
  close.focus();
}

const LOCAL = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Whether a link leaves this machine, where nothing of the playground may lead. */
function leaves(href) {
  const url = new URL(href, location.href);
  return !["http:", "https:"].includes(url.protocol) || !LOCAL.has(url.hostname);
}

export function startRecords() {
  const lead = (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link) return;
    const record = recordOf(link.href);
    if (!record && !leaves(link.href)) return;
    event.preventDefault();
    if (record) openRecord(...record);
    else toast(`In Google Chat this opens ${link.href}. The playground leads nowhere on the Internet.`);
  };
  document.addEventListener("click", lead, { capture: true });
  document.addEventListener("auxclick", lead, { capture: true });
}
