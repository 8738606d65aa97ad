/* The messages: new ones put in their place, growing ones patched by what the server sends. */

import { $, announce, complain, dressCode, element, nodes, page, say, trusted } from "./dom.js";
import { Blocks } from "./blocks.js";
import { answering, forgetDraft, giveBack } from "./composer.js";
import { send, settled } from "./socket.js";

const ACKNOWLEDGE_AFTER = 64 * 1024; // characters: a quarter of what the server sends unacknowledged
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
  const waiting = sent.get(event.client_id);
  waiting?.article.remove();
  sent.set(event.client_id, null);
  if (mine) forgetDraft();
  const here = event.conversation === page.dataset.conversation;
  const begins = mine && !page.dataset.conversation;
  import("./sidebar.js").then((sidebar) => sidebar.place(event.conversation, event.item, true));
  if (!here && !begins) return;
  if (begins) enter(event);
  insert(event);
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

function insert(event) {
  leaveWelcome();
  const former = event.replaces && $(`#m-${event.replaces}`);
  if (former) {
    while (former.nextElementSibling) former.nextElementSibling.remove();
    former.remove();
  }
  for (const article of [...nodes(event.html).children]) {
    if (!document.getElementById(article.id)) list.append(article);
  }
  scroller.scrollTop = 0;
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

/** One growing answer. `seq` is the last entry of the run's log that `renderer` has shown here. */
class Answer {
  constructor(article) {
    this.article = article;
    this.run = article.dataset.run;
    this.seq = 0;
    this.renderer = "";
    this.unacknowledged = 0;
    this.blocks = null;
    this.reasoning = "";
    this.began = 0;
  }

  part(name) {
    return $(`[data-part="${name}"]`, this.article);
  }

  follow() {
    send({ type: "run.follow", run: this.run, seq: this.seq, renderer: this.renderer });
  }

  take(event) {
    if (event.blocks) this.patch(event);
    if (event.reasoning) this.think(event);
    if ("sources" in event) this.part("sources").replaceChildren(nodes(event.sources));
    if ("images" in event) this.part("images").replaceChildren(nodes(event.images));
    this.seq = event.seq;
    this.renderer = event.renderer ?? this.renderer;
    this.acknowledge(event);
  }

  patch(event) {
    this.blocks ??= new Blocks(this.part("answer"), trusted);
    if (event.type === "message.reset") this.blocks.reset(event.blocks);
    else this.blocks.apply(event);
    if (event.blocks.length && this.reasoning) this.conclude();
  }

  think(event) {
    const whole = event.type === "message.reset";
    const [offset, text] = whole ? [0, event.reasoning] : event.reasoning;
    const details = $(".reasoning", this.article);
    const thoughts = this.part("reasoning");
    if (offset === this.reasoning.length && !whole) thoughts.append(text);
    else thoughts.textContent = this.reasoning.slice(0, offset) + text;
    this.reasoning = this.reasoning.slice(0, offset) + text;
    details.hidden = !this.reasoning;
    details.toggleAttribute("data-growing", !this.part("answer").hasChildNodes());
  }

  conclude() {
    $(".reasoning", this.article).removeAttribute("data-growing");
    if (this.part("reasoning-label").textContent === say("thinking")) {
      this.part("reasoning-label").textContent = say("thought");
    }
  }

  acknowledge(event) {
    this.unacknowledged += JSON.stringify(event).length;
    if (this.unacknowledged < ACKNOWLEDGE_AFTER) return;
    this.unacknowledged = 0;
    send({ type: "run.acknowledge", run: this.run, seq: this.seq });
  }
}

function changed(event) {
  followed.get(event.run)?.take(event);
}

function done(event) {
  const article = document.getElementById(`m-${event.message}`);
  followed.delete(event.run);
  if (!article?.dataset.run) return;
  article.dataset.status = event.status;
  article.querySelector("[data-part=footer]").replaceChildren(nodes(event.html));
  finish(article);
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
  const failure = $(".failure p, .stopped", article);
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

function refused(event) {
  const waiting = sent.get(event.client_id);
  sent.delete(event.client_id);
  waiting?.article.remove();
  settled(event.client_id);
  if (event.code === "not_found" && event.run) return followed.delete(event.run);
  if (waiting) giveBack(waiting.command, event.message);
  else complain(event.message);
}
