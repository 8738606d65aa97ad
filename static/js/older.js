/* Earlier messages come when the person scrolls to the beginning of what is there. */

import { $, dressCode, nodes } from "./dom.js";

let watcher = null;

async function load(pager) {
  const link = $("a", pager);
  watcher.unobserve(pager);
  pager.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(link.dataset.fragment);
    if (!response.ok || response.redirected) return;
    const earlier = nodes(await response.text());
    dressCode(earlier);
    const next = earlier.querySelector(".older");
    // A reversed scroller counts from its end, so what is read stays where it is.
    pager.replaceWith(earlier);
    if (next) watch(next);
  } catch {
    watch(pager);
  } finally {
    pager.removeAttribute("aria-busy");
  }
}

function watch(pager) {
  watcher.observe(pager);
  $("a", pager).addEventListener("click", (event) => {
    event.preventDefault();
    load(pager);
  });
}

export function start() {
  const root = $("#transcript");
  watcher = new IntersectionObserver(
    (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => load(entry.target)),
    { root, rootMargin: "600px 0px" },
  );
  watch($(".older"));
}
