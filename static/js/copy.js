/* Copying an answer or a piece of its code. */

import { $, announce, complain, icon, say } from "./dom.js";

const SHOWN = 1500; // milliseconds that the tick stays

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    if (!copyOldWay(text)) return complain(say("copy_failed"));
  }
  const former = $(".icon", button);
  const tick = icon("check");
  former.replaceWith(tick);
  announce(say("copied"));
  setTimeout(() => tick.replaceWith(former), SHOWN);
}

/* Pages that are not on https have no clipboard; the older command works everywhere. */
function copyOldWay(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  return copied;
}

export function copyMessage(button) {
  const answer = $(".answer", button.closest(".message")).cloneNode(true);
  for (const extra of answer.querySelectorAll(".copy-code, annotation")) extra.remove();
  answer.className = "visually-hidden";
  document.body.append(answer); // innerText knows lines and paragraphs only of what is laid out
  const text = answer.innerText.trim();
  answer.remove();
  copy(text, button);
}

export function copyCode(button) {
  copy(button.closest("pre").querySelector("code").textContent, button);
}
