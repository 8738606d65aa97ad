/* Later messages, where the page shows a part of the conversation that is not its end. */

import { $, complain, dressCode, nodes, say } from "./dom.js";

/** Put the messages that `pager` stands for in its place. */
export async function load(pager) {
  if (pager.ariaBusy === "true") return;
  pager.ariaBusy = "true";
  try {
    const response = await fetch($("a", pager).dataset.fragment);
    if (!response.ok || response.redirected) throw new TypeError("no messages came");
    const later = nodes(await response.text());
    const first = $("article", later);
    dressCode(later);
    pager.replaceWith(later);
    first?.setAttribute("tabindex", "-1");
    first?.focus({ preventScroll: true });
    first?.scrollIntoView({ block: "center" }); // one reads on from here; the lines before stand above
  } catch {
    pager.ariaBusy = null;
    complain(say("failed"));
  }
}
