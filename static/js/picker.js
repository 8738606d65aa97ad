/* The picker: every offered model in a list that can be searched and walked by keyboard. */

import { $, $$, element, icon, say } from "./dom.js";

const ABILITIES = [["streams", "streams"], ["history", "history"], ["system", "system"], ["imagesIn", "images_in"]];

const select = $("#choice");
let popover = null;
let search = null;
let list = null;
let choose = null;
let opener = null;
let unfolded = false;

const option = (line) => {
  const extra = "makesImages" in line.dataset ? [element("span", { class: "tag" }, say("makes_images"))] : [];
  return element("div", { class: "picker-option", role: "option", id: `o-${line.index}`, "data-value": line.value, "aria-selected": String(line.selected) }, icon("check"), element("bdi", {}, line.textContent), ...extra);
};

function groupHead(group) {
  const facts = group.dataset;
  const tags = ABILITIES.filter(([fact]) => fact in facts).map(([, name]) => element("span", { class: "tag" }, say(name)));
  if ("unofficial" in facts) tags.push(element("span", { class: "tag warning" }, say("unofficial")));
  if ("notWorking" in facts) tags.push(element("span", { class: "tag warning" }, say("not_working")));
  const where = say(facts.host ? "route_away" : "route_here", facts);
  return [element("div", { class: "picker-group", role: "presentation" }, element("b", {}, facts.label), element("span", {}, where)), element("div", { class: "picker-can", role: "presentation" }, ...tags)];
}

const folded = (group) => "unofficial" in group.dataset || "notWorking" in group.dataset;

function section(group, words) {
  const lines = [...group.children].filter((line) => words.every((word) => `${group.dataset.label} ${line.textContent} ${line.value}`.toLowerCase().includes(word)));
  if (!lines.length) return [];
  return [element("div", { role: "group", "aria-label": group.label }, ...groupHead(group), ...lines.map(option))];
}

function draw() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const groups = $$("optgroup", select);
  const open = unfolded || words.length > 0;
  const shown = groups.filter((group) => !folded(group)).flatMap((group) => section(group, words));
  const hidden = groups.filter(folded);
  if (hidden.length && !words.length) shown.push(fold(open));
  if (open) shown.push(...hidden.flatMap((group) => section(group, words)));
  list.replaceChildren(...(shown.length ? shown : [element("p", { class: "picker-empty" }, say("no_match"))]));
  activate($("[aria-selected=true]", list) ?? items()[0]);
}

const fold = (open) =>
  element("div", { class: "picker-fold", role: "option", id: "o-fold", "aria-selected": "false", "data-open": open }, icon("chevron-right"), say(open ? "hide_unofficial" : "show_unofficial"));

const items = () => $$("[role=option]", list);

function activate(item) {
  $("[data-active]", list)?.removeAttribute("data-active");
  item?.setAttribute("data-active", "");
  item?.scrollIntoView({ block: "nearest" });
  if (item) search.setAttribute("aria-activedescendant", item.id);
  else search.removeAttribute("aria-activedescendant");
}

function take(item) {
  if (!item) return;
  if (item.id === "o-fold") {
    unfolded = !unfolded;
    draw();
    return activate($("#o-fold"));
  }
  popover.hidePopover();
  choose(item.dataset.value);
}

function press(event) {
  const all = items();
  const at = all.findIndex((item) => item.hasAttribute("data-active"));
  const goals = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, PageDown: Math.min(at + 8, all.length - 1), PageUp: Math.max(at - 8, 0) };
  if (event.key in goals) activate(all[goals[event.key] % all.length]);
  else if (event.key === "Enter") take(all[at]);
  else return;
  event.preventDefault();
}

function make() {
  search = element("input", { type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "picker-list", "aria-autocomplete": "list", "aria-label": say("search"), placeholder: say("search"), autocomplete: "off", spellcheck: "false", input: draw, keydown: press });
  list = element("div", { class: "picker-list", id: "picker-list", role: "listbox", "aria-label": say("picker") });
  popover = element("div", { class: "picker", popover: "auto", role: "dialog", "aria-label": say("picker") }, element("div", { class: "picker-search" }, icon("search"), search), list);
  list.addEventListener("click", (event) => take(event.target.closest("[role=option]")));
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // typing goes on in the search field
  list.addEventListener("pointermove", (event) => {
    const item = event.target.closest("[role=option]");
    if (item && !item.hasAttribute("data-active")) activate(item);
  });
  popover.addEventListener("toggle", closed);
  document.body.append(popover);
}

function closed(event) {
  const open = event.newState === "open";
  opener.setAttribute("aria-expanded", String(open));
  if (!open) (opener.id === "picker-button" ? $("#text") : opener).focus({ preventScroll: true });
}

/** Show the picker at `button`; `then` gets the value of what was chosen. */
export function open(button, then) {
  if (!popover) make();
  [opener, choose] = [button, then];
  search.value = "";
  unfolded = folded(select.selectedOptions[0]?.parentElement ?? { dataset: {} });
  popover.showPopover();
  draw();
  put(button.getBoundingClientRect());
  search.focus();
}

/** Below the button where there is room, else on the larger side; always inside the window. */
function put(at) {
  const left = Math.max(8, Math.min(at.left, innerWidth - popover.offsetWidth - 8));
  popover.style.left = `${left}px`;
  const below = innerHeight - at.bottom;
  const above = below < popover.offsetHeight + 16 && at.top > below;
  popover.style.bottom = above ? `${Math.max(8, innerHeight - at.top + 6)}px` : "auto";
  popover.style.top = above ? "auto" : `${at.bottom + 6}px`;
}
