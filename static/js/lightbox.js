/* A picture as large as the window, with its neighbours and its file. */

import { $, $$, element, iconButton, icon, say } from "./dom.js";

let dialog = null;
let links = [];
let at = 0;

function make() {
  const step = (by) => () => show(at + by);
  const previous = iconButton("arrow-left", say("previous"), "");
  const next = iconButton("chevron-right", say("next"), "");
  const download = element("a", { class: "icon-button", download: true, "aria-label": say("download"), title: say("download") }, icon("download"));
  const close = iconButton("x", say("close"), "close");
  previous.addEventListener("click", step(-1));
  next.addEventListener("click", step(1));
  const picture = element("img", { alt: "", click: () => dialog.close() });
  dialog = element("dialog", { class: "lightbox", "aria-label": say("view"), keydown: press }, element("div", { class: "lightbox-bar" }, previous, next, download, close), picture, element("figcaption", {}));
  document.body.append(dialog);
}

function press(event) {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (by) show(at + by);
}

function show(index) {
  at = (index + links.length) % links.length;
  const link = links[at];
  const thumbnail = $("img", link);
  const picture = $("img", dialog);
  picture.src = link.href;
  picture.alt = thumbnail.alt;
  $("figcaption", dialog).textContent = thumbnail.alt;
  $("a", dialog).href = link.dataset.download;
  for (const button of $$(".lightbox-bar button:not([data-action=close])", dialog)) button.hidden = links.length < 2;
}

/** Show the picture of `link`; the others of the same message are beside it. */
export function open(link) {
  if (!dialog) make();
  links = $$("[data-action=lightbox]", link.closest(".images"));
  show(links.indexOf(link));
  dialog.showModal();
}
