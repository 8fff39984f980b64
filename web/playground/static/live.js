// Keeps the page in step with the server: one question that waits until something changed, asked again and again.

import { ask } from "./doors.js";

const LONGEST_PAUSE = 5000;

export async function follow(since, { changed, lost, found }) {
  let version = since;
  let pause = 500;
  for (;;) {
    try {
      const answer = await ask("changes", { since: version });
      if (pause > 500) found();
      pause = 500;
      if (answer.version !== version) {
        version = answer.version;
        await changed();
      }
    } catch {
      lost();
      await new Promise((wake) => setTimeout(wake, pause));
      pause = Math.min(pause * 2, LONGEST_PAUSE);
      version = -1; // the server may have started anew and count from zero
    }
  }
}
