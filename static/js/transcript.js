/* The messages: new ones put in their place, growing ones followed to their end. */

import { $, announce, complain, dressCode, element, nodes, page, say } from "./dom.js";
import { Answer, steadily } from "./answer.js";
import { answering, forgetDraft, giveBack } from "./composer.js";
import { settled } from "./socket.js";

const SPOKEN = 300; // characters of an answer that a screen reader hears at its end

const scroller = $("#transcript");
const list = $("#messages");
const followed = new Map();
const sent = new Map();

const handlers = {
  "message.created": created,
  "message.delta": changed,
  "message.reset": changed,
  "message.done": done,
  "command.refused": refused,
};

/** An event of the socket, or one that the plain way has made of a reply. */
export function take(event) {
  handlers[event.type](event);
}

/** Show at once what the person said; the server's own fragment takes its place. */
export function pending(command) {
  if (sent.has(command.client_id)) return;
  leaveWelcome();
  const bubble = element("div", { class: "bubble", dir: "auto" }, command.text);
  const note = element("span", { class: "pending-note" }, say("sending"));
  const article = element("article", { class: "message", "data-role": "user", "data-pending": true }, bubble, note);
  sent.set(command.client_id, { command, article });
  list.append(article);
  scroller.scrollTop = 0;
}

function leaveWelcome() {
  $("#welcome")?.remove();
  $(".stage").removeAttribute("data-empty");
}

function created(event) {
  const mine = settled(event.client_id);
  // Who attaches to a run that began before is not told in whose place it stands.
  if (mine && mine.type !== "message.send") event.replaces ??= mine.message;
  const waiting = sent.get(event.client_id);
  waiting?.article.remove();
  sent.set(event.client_id, null);
  if (mine) forgetDraft();
  if (mine?.media?.length) import("./attachments.js").then((module) => module.letGo(event.client_id));
  if (event.budget != null) $("#budget").textContent = event.budget;
  const here = event.conversation === page.dataset.conversation;
  const begins = mine && !page.dataset.conversation;
  import("./sidebar.js").then((sidebar) => sidebar.place(event.conversation, event.item, true));
  if (!here && !begins) return;
  if ($(".later", list)) return mine && location.assign(event.url); // the page shows another part
  if (begins) enter(event);
  steadily(list, () => insert(event, mine?.type === "message.continue"));
  if (mine) scroller.scrollTop = 0;
  followAll();
}

/** The page has become the page of a new conversation. */
function enter({ conversation, url, title }) {
  page.dataset.conversation = conversation;
  $("#composer").conversation.value = conversation;
  $("#title").textContent = title;
  document.title = `${title} – ${$(".brand").textContent.trim()}`;
  history.pushState({}, "", url);
}

function insert(event, goesOn) {
  leaveWelcome();
  const fresh = [...nodes(event.html).children].filter((article) => !document.getElementById(article.id));
  const former = event.replaces && $(`#m-${event.replaces}`);
  if (former) makeWay(former, goesOn && fresh.at(-1));
  list.append(...fresh);
}

/** Take an answer and all after it away; what it says stays in sight in the one that `keeper` is. */
function makeWay(former, keeper) {
  for (const part of keeper ? ["answer", "images"] : []) {
    $(`[data-part="${part}"]`, keeper).replaceChildren(...$(`[data-part="${part}"]`, former).childNodes);
  }
  const focused = former.contains(document.activeElement);
  while (former.nextElementSibling) former.nextElementSibling.remove();
  former.remove();
  if (focused && !matchMedia("(pointer: coarse)").matches) $("#text").focus({ preventScroll: true });
}

/** Follow every growing answer on the page, from what is shown of it. */
export function followAll() {
  for (const article of list.querySelectorAll("[data-run]")) {
    const run = article.dataset.run;
    if (!followed.has(run)) followed.set(run, new Answer(article));
    followed.get(run).follow();
  }
  showState();
}

function showState() {
  const growing = list.querySelectorAll("[data-run]");
  answering(growing[growing.length - 1]);
}

function changed(event) {
  followed.get(event.run)?.take(event);
}

function done(event) {
  const article = document.getElementById(`m-${event.message}`);
  followed.get(event.run)?.catchUp(true);
  followed.delete(event.run);
  if (!article?.dataset.run) return;
  article.dataset.status = event.status;
  steadily(article, () => {
    $("[data-part=footer]", article).replaceChildren(nodes(event.html));
    finish(article);
  });
}

/** The answer will not change any more. */
export function finish(article) {
  for (const name of ["data-run", "data-stop", "aria-busy"]) article.removeAttribute(name);
  const label = $("template[data-reasoning-label]", article);
  if (label) $("[data-part=reasoning-label]", article).textContent = label.content.textContent;
  $(".reasoning", article).removeAttribute("data-growing");
  dressCode(article);
  showState();
  speak(article);
}

function speak(article) {
  const failure = article.dataset.status === "complete" ? null : $(".failure p, .stopped", article);
  const text = (failure ?? $(".answer", article)).textContent.replace(/\s+/g, " ").trim();
  const name = $(".meta bdi", article)?.textContent ?? "";
  announce(failure ? text : say("answered", { name, text: text.slice(0, SPOKEN) }));
}

/** Put a newer whole fragment of a message in the place of the old one. */
export function replace(article, html) {
  const open = $(".reasoning", article)?.open;
  const fresh = nodes(html).firstElementChild;
  article.replaceWith(fresh);
  if (open) $(".reasoning", fresh).open = true;
  followed.delete(article.dataset.run); // a socket that comes through after all begins anew
  if (fresh.dataset.run) showState();
  else finish(fresh);
}

/** An answer is gone, with its conversation perhaps, while the page did not hear of it. */
function lose({ run, message }) {
  followed.delete(run);
  const article = $(`[data-run="${CSS.escape(run)}"]`, list);
  if (!article) return;
  for (const name of ["data-run", "data-stop", "aria-busy"]) article.removeAttribute(name);
  $("[data-part=footer]", article).replaceChildren();
  showState();
  complain(message);
}

function refused(event) {
  const waiting = sent.get(event.client_id);
  sent.delete(event.client_id);
  waiting?.article.remove();
  settled(event.client_id);
  if (event.code === "not_found" && event.run) return lose(event);
  if (!waiting) return complain(event.message);
  giveBack(waiting.command, event.message);
  if (waiting.command.media?.length) import("./attachments.js").then((module) => module.giveBack(event.client_id));
}
