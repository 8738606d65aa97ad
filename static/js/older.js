/* Earlier messages come when the person scrolls to the beginning of what is there. */

import { $, complain, dressCode, fragment, reason } from "./dom.js";

let watcher = null;

/** Put the messages that `pager` stands for in its place. */
export async function load(pager) {
  if (!pager || pager.ariaBusy === "true") return;
  watcher?.unobserve(pager);
  pager.ariaBusy = "true";
  try {
    const earlier = await fragment($("a", pager).dataset.fragment);
    dressCode(earlier);
    const focused = pager.contains(document.activeElement);
    const next = $(".older a", earlier) ?? $("#text");
    // A reversed scroller counts from its end, so what is read stays where it is.
    pager.replaceWith(earlier);
    if (focused) next.focus({ preventScroll: true });
    watch();
  } catch (problem) {
    pager.ariaBusy = null; // scrolling does not ask again, but the link is still there
    complain(reason(problem));
  }
}

function watch() {
  const pager = $(".older");
  if (pager) watcher?.observe(pager);
}

/** From now on they come by scrolling. */
export function start() {
  if (watcher) return;
  watcher = new IntersectionObserver(
    (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => load(entry.target)),
    { root: $("#transcript"), rootMargin: "600px 0px" },
  );
  watch();
}
