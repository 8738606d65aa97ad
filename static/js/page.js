/* The page's first script: connects what is there; the rest is fetched when it is needed. */

import { $, $$, announce, dressCode, element, page, post, root, say } from "./dom.js";
import * as composer from "./composer.js";
import { connect, deliver, isPlain, listen, send, waiting } from "./socket.js";

/* One promise for all who wait for the module: two imports of it may end in either order, and what
   the server says of a message must not overtake the message. */
let transcriptModule = null;
const transcript = () => (transcriptModule ??= import("./transcript.js").catch((error) => {
  transcriptModule = null;
  throw error;
}));
const sidebar = () => import("./sidebar.js");
const attachments = () => import("./attachments.js");
const picker = () => import("./picker.js");
const older = () => import("./older.js");
const scroller = $("#transcript");

/* What a click on [data-action] does. Without scripts the same elements are links and forms. */
const actions = {
  "ask-another": (button) => picker().then((module) => module.open(button, (value) => askAnother(button, value))),
  close: (button) => button.closest("dialog").close(),
  continue: (button) => askAgain(button, "message.continue"),
  copy: (button) => import("./copy.js").then((module) => module.copyMessage(button)),
  "copy-code": (button) => import("./copy.js").then((module) => module.copyCode(button)),
  "item-menu": (button) => sidebar().then((module) => module.openMenu(button)),
  lightbox: (link) => import("./lightbox.js").then((module) => module.open(link)),
  later: (link) => import("./later.js").then((module) => module.load(link.closest(".later"))).then(follow),
  "more-conversations": (link) => sidebar().then((module) => module.more(link)),
  notice: (button) => putAway(button),
  older: (link) => older().then((module) => module.load(link.closest(".older"))),
  picker: (button) => picker().then((module) => module.open(button, composer.choose)),
  rate: (button) => import("./rating.js").then((module) => module.rate(button)),
  rating: (link) => import("./rating.js").then((module) => module.why(link)),
  regenerate: (button) => askAgain(button, "message.regenerate"),
  shortcuts: () => $("#shortcuts").showModal(),
  sidebar: (button) => showSidebar(button.value),
  suggestion: (button) => composer.write(button.value),
  theme: (button) => showTheme(button),
};

function act(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const button = event.target.closest("[data-action]");
  const action = button && actions[button.dataset.action];
  if (!action) return;
  event.preventDefault();
  action(button);
}

/** Ask once more for the answer around `button`: anew, or on from what it says. */
function askAgain(button, type, whom = {}) {
  const message = button.closest(".message").id.slice(2);
  if (waiting().some((command) => command.message === message)) return; // a second click
  deliver({ type, client_id: composer.newId(), message, ...whom });
  transcript();
}

function askAnother(button, value) {
  composer.choose(value);
  askAgain(button, "message.regenerate", composer.asked());
}

function sent(command) {
  transcript().then((module) => module.pending(command));
  if (command.media.length) attachments().then((module) => module.hold(command.client_id));
}

/* Answers that were asked to stop and have not: asked again when the socket comes back. */
const stopping = new Set();

function stop(event) {
  event.preventDefault();
  const button = event.currentTarget;
  stopping.add(button.dataset.run);
  button.ariaBusy = "true";
  if (!send({ type: "run.stop", run: button.dataset.run })) post(button.formAction, {}).catch(() => {});
}

function prefer(name, value) {
  post(`${root}preferences/`, { [name]: value }).catch(() => {});
}

function showTheme(button) {
  document.documentElement.dataset.theme = button.value;
  for (const other of $$("[data-action=theme]")) other.ariaPressed = String(other === button);
  prefer("theme", button.value);
}

function showSidebar(state) {
  document.documentElement.dataset.sidebar = state;
  $(state === "open" ? ".sidebar-closer button" : ".sidebar-opener button").focus();
  prefer("sidebar", state);
}

function putAway(button) {
  button.closest(".notice").remove();
  $("#text").focus();
  prefer("notice", button.value);
}

function searchConversations() {
  const drawer = $("#sidebar");
  if (!matchMedia("(width >= 52rem)").matches) drawer.matches(":popover-open") || drawer.showPopover();
  else if (document.documentElement.dataset.sidebar === "closed") showSidebar("open");
  $("#search-field").select();
  $("#search-field").focus();
}

const shortcuts = {
  "Control+K": searchConversations,
  "Control+Shift+O": () => location.assign(root),
  "Shift+Escape": () => $("#text").focus(),
  "Control+.": () => $("#picker-button").click(),
  "Control+/": () => $("#shortcuts").showModal(),
};

function press(event) {
  const control = event.ctrlKey || event.metaKey ? "Control+" : "";
  const shift = event.shiftKey ? "Shift+" : "";
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const shortcut = shortcuts[control + shift + key];
  if (!shortcut || event.altKey || $("dialog[open]")) return;
  event.preventDefault();
  shortcut();
}

const LINES = { reconnecting: "reconnecting", blocked: "no_socket", forbidden: "forbidden", "signed-out": "signed_out" };

/** The line above the composer that tells how the page hears from the server. */
function showConnection() {
  const line = $("#connection");
  const state = navigator.onLine ? page.dataset.state : "offline";
  const words = state === "offline" ? "offline" : LINES[state];
  line.replaceChildren(...(words ? [element("span", {}, say(words))] : []));
  if (state === "signed-out") {
    const next = encodeURIComponent(location.pathname);
    line.append(element("a", { href: `${root}accounts/login/?next=${next}` }, say("sign_in")));
  }
}

let wasOpen = false;

function changed({ state }) {
  page.dataset.state = state;
  showConnection();
  if (isPlain()) import("./plain.js").then((module) => module.start());
  if (state !== "open") return;
  const shown = $("#messages > .later") ? null : $$("#messages > .message[id]").at(-1);
  send({ type: "conversation.view", conversation: page.dataset.conversation ?? null, last: shown?.id.slice(2) });
  for (const run of stopping) send({ type: "run.stop", run });
  if (wasOpen) sidebar().then((module) => module.renew());
  wasOpen = true;
  follow();
}

function follow() {
  if ($("[data-run]")) transcript().then((module) => module.followAll());
}

/** A newer version of the product runs: load the page anew, but never under somebody's hands. */
function renew() {
  const busy = $("[data-run]") || $("#text").value || $("#attachments").children.length || $("dialog[open]");
  if (!busy && !waiting().length) location.reload();
}

/* Reversed scrolling counts from the end: 0 is the latest line. */
function scrolled() {
  $("#latest").hidden = scroller.scrollTop > -160;
  if (scroller.scrollTop < 0 && $(".older")) older().then((module) => module.start());
}

function tellTimeZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  document.cookie = `timezone=${zone}; path=${root}; max-age=31536000; samesite=lax`;
}

function start() {
  tellTimeZone();
  composer.start({ typing: transcript, sent, attach: (files) => attachments().then((module) => module.add(files)) });
  dressCode(document);
  listen("state", changed);
  listen("release", renew);
  listen("conversation.missed", (event) => import("./later.js").then((module) => module.missed(event)).then(follow));
  for (const type of ["message.done", "command.refused"]) listen(type, ({ run }) => stopping.delete(run));
  for (const type of ["message.created", "message.delta", "message.reset", "message.done", "command.refused"]) {
    listen(type, (event) => transcript().then((module) => module.take(event)));
  }
  for (const type of ["conversation.updated", "conversation.archived", "conversation.deleted"]) {
    listen(type, (event) => sidebar().then((module) => module.take(event)));
  }
  const growing = $("[data-run]");
  if (growing) composer.answering(growing);
  document.addEventListener("click", act);
  document.addEventListener("keydown", press);
  addEventListener("online", showConnection);
  addEventListener("offline", showConnection);
  addEventListener("popstate", () => location.reload());
  scroller.addEventListener("scroll", scrolled, { passive: true });
  $("#search-field").addEventListener("focus", () => import("./search.js"), { once: true });
  const sought = new URLSearchParams(location.search).get("q");
  if (sought && location.hash) import("./marks.js").then((module) => module.mark(sought));
  $("#stop").addEventListener("click", stop);
  $("#latest").addEventListener("click", () => {
    if ($("#messages > .later")) return location.assign(`${root}c/${page.dataset.conversation}/`);
    scroller.scrollTop = 0;
    $("#text").focus({ preventScroll: true });
  });
  showConnection();
  connect();
}

start();
