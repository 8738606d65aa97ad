/* The page that searches: its address follows what is typed, as its hits do. */

import { $ } from "./dom.js";
import "./search.js";

const field = $("#search-field");

/* Whoever comes back, or loads the page anew, finds what was there. */
field.form.addEventListener("searched", () => {
  history.replaceState({}, "", `?${new URLSearchParams({ q: field.value })}`);
});

field.focus();
field.setSelectionRange(field.value.length, field.value.length);
