/* The list of conversations: renamed, archived, deleted, longer. */

import { $, complain, element, fragment, icon, nodes, page, post, reason, root, say } from "./dom.js";

const list = $("#history");
const entry = (conversation) => $(`.item[data-conversation="${CSS.escape(conversation)}"]`, list);

export function take(event) {
  if (event.type === "conversation.deleted") gone(event.conversation);
  else if (event.type === "conversation.archived") remove(entry(event.conversation));
  else {
    place(event.conversation, event.item, false);
    if (event.conversation === page.dataset.conversation) showTitle(event.title);
  }
}

function showTitle(title) {
  $("#title").textContent = title;
  document.title = `${title} – ${$(".brand").textContent.trim()}`;
}

/** Show the entry of a conversation, where it is or, when something was said in it, on top. */
export function place(conversation, html, toTop) {
  const fresh = nodes(html).firstElementChild;
  const former = entry(conversation);
  if (conversation === page.dataset.conversation) {
    $("[aria-current]", list)?.removeAttribute("aria-current");
    $(".item-link", fresh).setAttribute("aria-current", "page");
  }
  if (former && !toTop) return former.replaceWith(fresh);
  remove(former);
  today().prepend(fresh);
  $(".history-empty").hidden = true;
}

function today() {
  const group = $('[data-group="today"] ul', list);
  if (group) return group;
  const heading = element("h2", {}, new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" }).format(0, "day"));
  const made = element("li", { class: "group", "data-group": "today" }, heading, element("ul"));
  heading.textContent = heading.textContent.replace(/^./u, (letter) => letter.toLocaleUpperCase());
  list.prepend(made);
  return $("ul", made);
}

function remove(item) {
  const group = item?.closest(".group");
  const near = item?.contains(document.activeElement) && (item.nextElementSibling ?? item.previousElementSibling);
  item?.remove();
  if (near) $(".item-link", near).focus();
  if (group && !$(".item", group)) group.remove();
}

function gone(conversation) {
  remove(entry(conversation));
  $(".history-empty").hidden = Boolean($(".item", list));
  if (conversation === page.dataset.conversation) location.assign(root);
}

/** The list as it is now, after a time without news. */
export async function renew() {
  const fresh = await fragment(`${root}sidebar/`).catch(() => null);
  if (!fresh || list.contains(document.activeElement) || menu?.matches(":popover-open")) return;
  list.replaceChildren(fresh);
  $(".history-empty").hidden = Boolean($(".item", list));
  const shown = page.dataset.conversation && entry(page.dataset.conversation);
  if (shown) $(".item-link", shown).setAttribute("aria-current", "page");
}

/** The next page of the list, in place of the link to it. */
export async function more(link) {
  const pager = link.closest("li");
  if (pager.ariaBusy === "true") return;
  pager.ariaBusy = "true";
  let groups = [];
  try {
    groups = [...(await fragment(link.dataset.fragment)).children];
  } catch (problem) {
    pager.ariaBusy = null;
    return complain(reason(problem));
  }
  for (const group of groups) {
    const same = group.dataset.group && $(`[data-group="${CSS.escape(group.dataset.group)}"] ul`, list);
    if (same) same.append(...$("ul", group).children);
    else list.append(group);
  }
  pager.nextElementSibling && $(".item-link", pager.nextElementSibling)?.focus();
  pager.remove();
}

let menu = null;

function makeMenu() {
  const item = (name, symbol, label, extra = "") =>
    element("button", { type: "button", class: `menu-item ${extra}`, role: "menuitem", value: name, click: pick }, icon(symbol), label);
  const exporting = element("a", { class: "menu-item", role: "menuitem", "data-part": "export" }, icon("download"), say("export"));
  menu = element("div", { class: "menu", id: "item-menu", popover: "auto", role: "menu", keydown: walk },
    item("rename", "pencil", say("rename")), exporting, item("archive", "archive", say("archive")), item("delete", "trash-2", say("delete"), "danger"));
  menu.addEventListener("toggle", (event) => {
    const open = event.newState === "open";
    menu.opener?.setAttribute("aria-expanded", String(open));
    if (!open && menu.contains(document.activeElement)) menu.opener?.focus();
  });
  $("#sidebar").append(menu);
}

function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const items = [...menu.children];
  const at = items.indexOf(document.activeElement);
  items[(at + step + items.length) % items.length].focus();
}

/** What can be done with a conversation, beside the entry it is for. */
export function openMenu(button) {
  if (!menu) makeMenu();
  menu.opener = button;
  $("[data-part=export]", menu).href = `${button.href}#export`;
  menu.showPopover();
  const at = button.getBoundingClientRect();
  menu.style.insetBlockStart = `${Math.min(at.bottom + 4, innerHeight - menu.offsetHeight - 8)}px`;
  menu.style.insetInlineStart = "auto";
  menu.style.left = `${Math.max(8, Math.min(at.right - 32, innerWidth - menu.offsetWidth - 8))}px`;
  menu.firstElementChild.focus();
}

function pick(event) {
  const item = menu.opener.closest(".item");
  menu.hidePopover();
  if (event.currentTarget.value === "archive") carryOut("archive", item.dataset.conversation, {});
  else ask(event.currentTarget.value, item);
}

function ask(name, item) {
  const dialog = $(`#${name}`);
  const form = $("form", dialog);
  const conversation = item.dataset.conversation;
  const title = $(".item-link", item).textContent;
  form.onsubmit = (event) => {
    event.preventDefault();
    dialog.close();
    carryOut(name, conversation, new FormData(form));
  };
  dialog.onclose = () => $(".item-menu", entry(conversation) ?? list)?.focus();
  if (name === "rename") form.title.value = title;
  else $("[data-part=name]", dialog).textContent = title;
  dialog.showModal();
  if (name === "rename") form.title.select();
}

async function carryOut(name, conversation, fields) {
  try {
    const reply = await post(`${root}c/${conversation}/${name}/`, fields);
    if (name !== "rename") return gone(conversation);
    $(".item-link", entry(conversation)).textContent = reply.title;
    if (conversation === page.dataset.conversation) showTitle(reply.title);
  } catch (problem) {
    complain(reason(problem));
  }
}
