/* The composer: text that grows, drafts, the chosen model, sending. */

import { $, complain, page, say, settle } from "./dom.js";
import { deliver, fits } from "./socket.js";

const form = $("#composer");
const text = $("#text");
const choice = $("#choice");
const stop = $("#stop");
const touch = matchMedia("(pointer: coarse)");

const draftKey = () => `draft:${page.dataset.conversation ?? "new"}`;

/* What page.js does for the composer; scripts may not need one another in a circle. */
let helpers = null;

/** The chosen line of the picker and its endpoint's facts. */
export function chosen() {
  const option = choice.selectedOptions[0];
  if (!option) return null;
  const [endpoint, ...model] = option.value.split(":");
  return { endpoint: Number(endpoint), model: model.join(":"), label: option.textContent, option: option.dataset, group: option.parentElement.dataset };
}

/** Choose a line of the picker. */
export function choose(value) {
  choice.value = value;
  showChoice();
}

function showChoice() {
  const now = chosen();
  if (!now) return;
  const [label, model] = $("#picker-label").querySelectorAll("bdi");
  label.textContent = now.group.label;
  model.textContent = now.label;
  $("#ratio").toggleAttribute("data-off", !("makesImages" in now.option));
  $("#attach").toggleAttribute("data-off", !("imagesIn" in now.group));
  const route = $("#route");
  const unofficial = "unofficial" in now.group;
  const host = now.group.host;
  route.toggleAttribute("data-warning", unofficial);
  route.textContent = say(!host ? "route_here" : unofficial ? "route_unofficial" : "route_away", { host });
}

/** What a question to the chosen model carries besides its text. */
export function asked(now = chosen()) {
  const shape = "makesImages" in now.option ? form.aspect_ratio.value : "";
  return { endpoint: now.endpoint, model: now.model, aspect_ratio: shape };
}

function submit() {
  const now = chosen();
  if (!now || !canSend()) return;
  settle();
  const conversation = page.dataset.conversation ?? null;
  const command = { type: "message.send", client_id: newId(), conversation, text: text.value, media: media(), ...asked(now) };
  if (!fits(command)) return complain(say("too_long"));
  deliver(command);
  text.value = "";
  grow();
  ready();
  helpers.sent(command);
}

const media = () => [...form.querySelectorAll("input[name=media]")].map((input) => input.value);

/* Pages that are not on https have no randomUUID. */
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
export const newId = () => crypto.randomUUID?.() ?? randomId();

function canSend() {
  const busy = $("#attachments [aria-busy=true]");
  return stop.hidden && !busy && Boolean(text.value.trim() || media().length);
}

/** Bring the send button in line with what could be sent. */
export function ready() {
  $("#send").disabled = !chosen() || !canSend();
}

/** Show Stop instead of Send while the answer `article` grows; nothing: show Send again. */
export function answering(article) {
  stop.hidden = !article;
  if (stop.dataset.run !== article?.dataset.run) stop.ariaBusy = null;
  $("#send").hidden = Boolean(article);
  stop.dataset.run = article?.dataset.run ?? "";
  stop.setAttribute("formaction", article?.dataset.stop ?? "");
  ready();
}

/** The message did not go out: its text comes back, before what was written since. */
export function giveBack(command, reason) {
  text.value = [command.text, text.value].filter(Boolean).join("\n\n");
  keepDraft();
  grow();
  ready();
  complain(reason);
  text.focus();
}

function grow() {
  if (CSS.supports("field-sizing", "content")) return;
  text.style.blockSize = "auto";
  text.style.blockSize = `${text.scrollHeight}px`;
}

function keepDraft() {
  try {
    if (text.value) localStorage.setItem(draftKey(), text.value);
    else localStorage.removeItem(draftKey());
  } catch { /* storage is full or forbidden: drafts are a comfort */ }
}

/** The message is safely with the server. */
export function forgetDraft(conversation = page.dataset.conversation ?? "new") {
  try {
    localStorage.removeItem(`draft:${conversation}`);
  } catch { /* as above */ }
}

function restoreDraft() {
  try {
    text.value ||= localStorage.getItem(draftKey()) ?? "";
  } catch { /* as above */ }
}

/** Put words into the composer and go there. */
export function write(words) {
  text.value = words;
  text.focus();
  text.dispatchEvent(new Event("input"));
}

/* In Safari the key that ends a Chinese or Japanese word comes after its composition, as number 229. */
const composing = (event) => event.isComposing || event.keyCode === 229;

function press(event) {
  if (event.key === "Enter" && !event.shiftKey && !composing(event) && !touch.matches) {
    event.preventDefault();
    submit();
  } else if (event.key === "Escape" && !event.shiftKey && !stop.hidden) {
    event.preventDefault();
    stop.click();
  }
}

function takeFiles(event, files) {
  const pictures = [...(files ?? [])].filter((file) => file.type.startsWith("image/"));
  if (!pictures.length || $("#attach").hasAttribute("data-off")) return;
  event.preventDefault();
  helpers.attach(pictures);
}

function dragged(event) {
  const welcome = event.dataTransfer.types.includes("Files") && !$("#attach").hasAttribute("data-off");
  if (welcome) event.preventDefault();
  $(".composer-box").toggleAttribute("data-drop", welcome);
}

/** Begin. `how`: typing() and sent(command) happened, attach(files) is asked for. */
export function start(how) {
  helpers = how;
  restoreDraft();
  showChoice();
  grow();
  ready();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  text.addEventListener("keydown", press);
  text.addEventListener("input", () => {
    grow();
    ready();
    keepDraft();
    helpers.typing();
  });
  text.addEventListener("paste", (event) => takeFiles(event, event.clipboardData.files));
  form.images.addEventListener("change", (event) => {
    takeFiles(event, form.images.files);
    form.images.value = "";
  });
  document.addEventListener("dragover", dragged);
  document.addEventListener("drop", (event) => {
    $(".composer-box").removeAttribute("data-drop");
    takeFiles(event, event.dataTransfer.files);
  });
  if (!touch.matches && !location.hash) text.focus({ preventScroll: true });
}
