import { Blocks } from "/blocks.js";

const policy = trustedTypes.createPolicy("webchat", { createHTML: (html) => html });
const trusted = (html) => policy.createHTML(html);
const answers = [...document.querySelectorAll("#around > main")];
const [answer] = answers;
const FORBIDDEN =
  "script,style,link,meta,base,img,svg,iframe,object,embed,video,audio,source,form,button,select,textarea," +
  "dialog,details,template,[onclick],[onerror],[onload],[onmouseover],[onfocus],[style],[srcdoc],[is]";

window.happened = [];
window.ran = () => window.happened.push("ran");
for (const name of ["alert", "confirm", "prompt", "open", "msgbox"]) window[name] = window.ran;
document.addEventListener("securitypolicyviolation", (event) =>
  window.happened.push(`violation ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`),
);

const around = () => document.querySelector("#around").cloneNode(true);
const outside = () => {
  const copy = around();
  for (const each of copy.querySelectorAll(":scope > main")) each.replaceChildren();
  return copy.outerHTML;
};
const before = outside();

function linkFault(answer, link) {
  const raw = link.getAttribute("href") ?? "";
  if (raw.startsWith("#")) {
    const target = document.getElementById(decodeURIComponent(raw.slice(1)));
    return target && !answer.contains(target);
  }
  return !["http:", "https:", "mailto:"].includes(link.protocol) || link.target !== "_blank";
}

const isShapeKept = () =>
  document.body.children.length === 1 &&
  document.querySelector("#around").children.length === answers.length + 1;

window.inspect = (answer = answers[0]) => {
  const found = [...window.happened.splice(0)];
  for (const element of answer.querySelectorAll(FORBIDDEN)) found.push(`element ${element.outerHTML}`);
  for (const link of answer.querySelectorAll("a")) if (linkFault(answer, link)) found.push(`link ${link.outerHTML}`);
  for (const box of answer.querySelectorAll("input")) if (!box.disabled) found.push("input");
  for (const wrapper of answer.children) if (wrapper.className !== "block") found.push("wrapper");
  if (outside() !== before || !isShapeKept()) found.push("escaped");
  return found;
};

/** What is found in each answer of a page. */
window.inspectAll = () => answers.map((answer) => window.inspect(answer));

/** Apply patches to an empty answer, one after the other; what was found after each. */
window.follow = (patches) => {
  const blocks = new Blocks(answer, trusted);
  const found = [];
  for (const patch of patches) {
    blocks.apply(patch);
    found.push(...window.inspect());
  }
  const fresh = document.createElement("div");
  new Blocks(fresh, trusted).reset(blocks.html);
  answer.normalize();
  const same = [...answer.children].every((node, index) => node.isEqualNode(fresh.children[index]));
  return { html: blocks.html, same: same && answer.children.length === fresh.children.length, found };
};

/** Which of the first nodes are still the same objects after each patch. */
window.keeps = (patches) => {
  const blocks = new Blocks(answer, trusted);
  const nodes = [];
  return patches.map((patch) => {
    blocks.apply(patch);
    const now = [...answer.querySelectorAll(".block > *")];
    const kept = now.map((node, index) => node === nodes[index]);
    nodes.splice(0, nodes.length, ...now);
    return kept;
  });
};

document.documentElement.dataset.ready = "yes";
