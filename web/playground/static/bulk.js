// An import of many deals at once, and how far it is: the board tells as the deals come in.

import { byId, el } from "./dom.js";
import { inPipedrive, onState, reason, toast, world } from "./world.js";

let running = null;

export async function startImport(total) {
  if (running) {
    toast("An import is running already");
    return;
  }
  const bar = el("progress", { max: total, value: 0, "aria-label": `Importing ${total} deals` });
  const words = el("span", {}, `Importing ${total} deals`);
  running = { total, bar, words, before: world.state.pipedrive.deals.length };
  byId("progress").replaceChildren(words, bar);
  byId("progress").hidden = false;
  try {
    const made = await inPipedrive("bulk_import", { count: total });
    toast(`${made.count} deals imported. Watch how Pipenotify folds them into one card.`);
  } catch (error) {
    toast(reason(error));
  } finally {
    running = null;
    byId("progress").hidden = true;
  }
}

onState((state) => {
  if (!running) return;
  const done = Math.min(running.total, state.pipedrive.deals.length - running.before);
  running.bar.value = done;
  running.words.textContent = `${done} of ${running.total} deals imported`;
});
