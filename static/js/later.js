/* Messages behind those on the page: further ones of a long conversation, and those of elsewhere. */

import { $, $$, complain, dressCode, fragment, page, reason, root, say } from "./dom.js";
import { steadily } from "./answer.js";
import { waiting } from "./socket.js";

async function fetched(address) {
  const later = await fragment(address);
  dressCode(later);
  return later;
}

/** Put the messages that `pager` stands for in its place. */
export async function load(pager) {
  if (pager.ariaBusy === "true") return;
  pager.ariaBusy = "true";
  try {
    const later = await fetched($("a", pager).dataset.fragment);
    const first = $("article", later);
    pager.replaceWith(later);
    first?.setAttribute("tabindex", "-1");
    first?.focus({ preventScroll: true });
    first?.scrollIntoView({ block: "center" }); // one reads on from here; the lines before stand above
  } catch (problem) {
    pager.ariaBusy = null;
    complain(reason(problem));
  }
}

const isLast = (article) => article === $$("#messages > .message[id]").at(-1);

/** Show what was said elsewhere behind the message `last` while the page was away. */
export async function missed({ conversation, last }) {
  const article = document.getElementById(`m-${last}`);
  if (conversation !== page.dataset.conversation || !article || !isLast(article)) return;
  const later = await fetched(`${root}c/${conversation}/messages/?after=${last}`).catch(() => null);
  if (!isLast(article) || waiting().length) return; // it goes on here, too: what comes tells of itself
  const goesOn = later && $("article", later) && !$(".notice.later", later);
  if (goesOn) steadily(article, () => article.after(later));
  else if ($("dialog[open]") || $("#attachments").children.length) complain(say("missed"));
  else location.reload(); // another version of it; what is being written is kept as a draft
}
