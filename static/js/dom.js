/* What every script of the page stands on: elements, sentences, requests, trusted HTML. */

const identity = { createHTML: (html) => html };
const policy = window.trustedTypes?.createPolicy("webchat", identity) ?? identity;

/** HTML that the server has made and sanitised. The only way into the browser's HTML parser. */
export const trusted = (html) => policy.createHTML(html);

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

export const page = document.body;
export const root = page.dataset.root;

const sentences = JSON.parse($("#strings").textContent);

/** A sentence in the page's language; `%(name)s` becomes `values.name`. */
export function say(name, values = {}) {
  return sentences[name].replace(/%\((\w+)\)s/g, (_, key) => values[key] ?? "");
}

/** The nodes of server-made HTML. */
export function nodes(html) {
  const template = document.createElement("template");
  template.innerHTML = trusted(html);
  return template.content;
}

/** A new element; attributes that are false or null are left out, functions become listeners. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value !== false && value != null) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

export function iconButton(name, label, action, extra = "") {
  const attributes = { type: "button", class: `icon-button ${extra}`, "aria-label": label, title: label, "data-action": action };
  return element("button", attributes, icon(name));
}

/** Say something to screen readers, once. */
export function announce(text) {
  $("#announcer").textContent = text;
}

/** Show a problem above the composer until the next one or until it is closed. */
export function complain(text) {
  $(".dock > .notice")?.remove();
  const notice = element("p", { class: "notice error", role: "alert" }, icon("circle-alert"), element("span", {}, text));
  $("#connection").after(notice);
}

export const settle = () => $(".dock > .notice")?.remove();

/** A POST as the page's forms make it, answered by JSON. Rejects with the server's sentence. */
export async function post(url, fields) {
  const body = fields instanceof FormData ? fields : new FormData();
  if (body !== fields) {
    for (const [name, value] of Object.entries(fields)) {
      for (const one of [value].flat()) body.append(name, one ?? "");
    }
  }
  body.set("csrfmiddlewaretoken", $("#actions").csrfmiddlewaretoken.value);
  const response = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" } });
  if (response.redirected) throw new Refusal("signed_out", say("signed_out"));
  if (response.ok) return response.status === 204 ? null : response.json();
  const problem = await response.json().catch(() => ({}));
  throw new Refusal(problem.code ?? "failed", problem.message ?? say(BY_STATUS[response.status] ?? "failed"));
}

/** The nodes of a fragment that the server has made. Rejects as `post` does. */
export async function fragment(url, options) {
  const response = await fetch(url, options);
  if (response.redirected) throw new Refusal("signed_out", say("signed_out"));
  if (!response.ok) throw new Refusal("failed", say("failed"));
  return nodes(await response.text());
}

/** What to tell of a rejection: the server's sentence, or that the network did not let it through. */
export const reason = (problem) => (problem instanceof Refusal ? problem.message : say("failed"));

/* What a proxy answers in the server's place has no sentence for the page. */
const BY_STATUS = { 413: "too_large", 429: "too_many" };

/** The server said no, with a sentence for the person. A lost network is a TypeError instead. */
export class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Copy buttons for the finished code below `parent`. */
export function dressCode(parent) {
  for (const pre of $$(".answer pre:not(:has(.copy-code))", parent)) {
    pre.append(iconButton("copy", say("copy_code"), "copy-code", "copy-code"));
  }
}
