/* Searching while one types: the server's hits, in the place that is made for them. */

import { $, $$, announce, element, fragment, reason } from "./dom.js";

const PAUSE = 150; // milliseconds without a key after which a search is worth its while

const field = $("#search-field");
const found = $("#found");
const form = field.form;
const history = $("#sidebar #found") && $(".history"); // what the hits stand in for in the sidebar

let asked = field.value;
let waiting = 0;
let request = null;

/** The fragment at an address. Only one search is under way: a newer one ends it. */
async function fetchHits(address) {
  request?.abort();
  request = new AbortController();
  return fragment(address, { signal: request.signal });
}

function tell(hits) {
  const told = $("[data-told]", hits);
  if (told) announce(told.textContent);
  told?.remove();
}

function problem(error) {
  if (error.name === "AbortError") return;
  asked = null; // the same words may be tried again
  found.replaceChildren(element("p", { class: "notice error found-note", role: "alert" }, reason(error)));
}

function show(searching) {
  if (!history) return;
  found.hidden = !searching;
  history.hidden = searching;
}

async function search() {
  const query = field.value;
  if (query === asked) return;
  asked = query;
  if (history && !query.trim()) return clear();
  show(true);
  found.ariaBusy = "true";
  try {
    const hits = await fetchHits(`${form.dataset.fragment}?${new URLSearchParams({ q: query })}`);
    tell(hits);
    found.replaceChildren(hits);
    found.scrollTop = 0;
    form.dispatchEvent(new Event("searched"));
  } catch (error) {
    problem(error);
  }
  if (query === field.value) found.ariaBusy = null;
}

function clear() {
  request?.abort();
  asked = field.value = "";
  found.replaceChildren();
  found.ariaBusy = null;
  show(false);
}

/** The next page in place of the link to it, without the conversations that are there already. */
async function more(link) {
  if (link.ariaBusy === "true") return;
  link.ariaBusy = "true";
  try {
    const hits = await fetchHits(link.dataset.fragment);
    const there = new Set($$(".hit", found).map((hit) => hit.dataset.conversation));
    const fresh = $$(".hit", hits).filter((hit) => !there.has(hit.dataset.conversation));
    tell(hits);
    $(".hits", found).append(...fresh);
    const next = $(".pager, .found-note", hits); // another link, or why there is none
    link.closest(".pager").replaceWith(...(next ? [next] : []));
    (fresh.length ? $("a", fresh[0]) : $(".pager a", found) ?? field).focus();
  } catch (error) {
    link.ariaBusy = null;
    if (error.name !== "AbortError") announce(reason(error));
  }
}

const links = () => $$(".hit a, .pager a", found);

/** Up and down between the field and the hits; Escape gives the conversations back. */
function press(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Escape" && history && field.value) {
    event.preventDefault();
    clear();
    field.focus();
  } else if (step && !event.isComposing) {
    const stops = [field, ...links()];
    const at = stops.indexOf(document.activeElement);
    const next = stops[at + step];
    if (at < 0 || !next) return;
    event.preventDefault();
    next.focus();
  }
}

field.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(search, field.value ? PAUSE : 0);
});
form.addEventListener("keydown", press);
found.addEventListener("keydown", press);
found.addEventListener("click", (event) => {
  const link = event.target.closest("[data-action=more-hits]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  more(link);
});
search(); // what was typed while this script was on its way
