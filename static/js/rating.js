/* Thumbs for answers, and the question why. */

import { $, announce, complain, element, nodes, post, reason, say } from "./dom.js";

let dialog = null;

/** A thumb was pressed; of a bad one it is asked at once why. */
export async function rate(button) {
  const place = button.closest(".rating");
  const reply = await save(place, button.formAction, { thumb: button.value });
  if (reply?.thumb === "down") ask(place, reply.form);
}

/** Ask why, of an answer that is rated. */
export async function why(link) {
  try {
    const response = await fetch(link.href, { headers: { Accept: "application/json" } });
    if (!response.ok || response.redirected) throw new TypeError("no form came");
    ask(link.closest(".rating"), (await response.json()).form);
  } catch {
    complain(say("failed"));
  }
}

async function save(place, address, fields, tell = complain) {
  try {
    const reply = await post(address, fields);
    show(place, reply.html);
    announce(say(reply.thumb ? "rated" : "rating_withdrawn"));
    return reply;
  } catch (problem) {
    tell(reason(problem));
    return null;
  }
}

/* The buttons are new ones; who was at one of them stays there. */
function show(place, html) {
  const at = [...place.children].indexOf(document.activeElement);
  place.replaceChildren(nodes(html));
  if (at >= 0) (place.children[at] ?? place.lastElementChild).focus();
}

function ask(place, form) {
  dialog ??= document.body.appendChild(element("dialog", { class: "dialog", "aria-labelledby": "rating-title" }));
  dialog.replaceChildren(nodes(form));
  $("form", dialog).addEventListener("submit", async (event) => {
    event.preventDefault();
    const { target, submitter } = event;
    const fields = new FormData(target, submitter);
    const tell = (words) => $(".problem", target).replaceChildren(words);
    submitter.disabled = true; // once is enough; what was written stays until it is there
    if (await save(place, target.action, fields, tell)) dialog.close();
    submitter.disabled = false;
  });
  dialog.onclose = () => $("a", place)?.focus();
  dialog.showModal();
}
