/* Pictures of the next message: uploaded as soon as they are chosen, pasted or dropped. */

import { $, complain, element, icon, page, post, say } from "./dom.js";
import { ready } from "./composer.js";

const list = $("#attachments");

export function add(files) {
  for (const file of files) attach(file);
}

async function attach(file) {
  const preview = URL.createObjectURL(file);
  const drop = element("button", { type: "button", "aria-label": say("remove"), title: say("remove"), click: () => remove(item) }, icon("x"));
  const item = element("li", { "aria-busy": "true" }, element("img", { src: preview, alt: file.name }), drop);
  list.append(item);
  show();
  try {
    const media = await post(page.dataset.media, { image: file });
    item.append(element("input", { type: "hidden", name: "media", value: media.id, form: "composer" }));
    item.removeAttribute("aria-busy");
  } catch (problem) {
    remove(item);
    complain(problem.code ? problem.message : say("attach_failed"));
  }
  show();
}

function remove(item) {
  URL.revokeObjectURL($("img", item).src);
  item.remove();
  show();
  $("#text").focus();
}

const held = new Map(); // the pictures of messages that the server has not answered yet

/** A message goes out with the pictures that are here. */
export function hold(clientId) {
  held.set(clientId, [...list.children]);
  list.replaceChildren();
  show();
}

/** It has come to the server. */
export function letGo(clientId) {
  for (const item of held.get(clientId) ?? []) URL.revokeObjectURL($("img", item).src);
  held.delete(clientId);
}

/** It was refused. */
export function giveBack(clientId) {
  list.prepend(...(held.get(clientId) ?? []));
  held.delete(clientId);
  show();
}

function show() {
  list.hidden = !list.children.length;
  ready();
}
