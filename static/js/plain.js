/* The plain way, when no websocket comes through: forms by fetch, answers as fragments each second. */

import { $$, post, root, say } from "./dom.js";
import { isPlain, listen, waiting } from "./socket.js";
import { replace, take } from "./transcript.js";

const EVERY = 1000;

/* Where the commands go that sockets carry otherwise. */
const FORMS = {
  "message.send": () => "send/",
  "message.regenerate": (message) => `m/${message}/regenerate/`,
  "message.continue": (message) => `m/${message}/continue/`,
};

const underway = new Set();
let timer = 0;

/** Begin; it ends by itself when the socket comes through after all. */
export function start() {
  if (timer) return;
  listen("outbox", flush);
  timer = setInterval(turn, EVERY);
  turn();
}

function turn() {
  if (!isPlain()) return;
  flush();
  for (const article of $$(".message[data-run]")) refresh(article);
}

function flush() {
  for (const command of waiting()) {
    if (!underway.has(command.client_id)) submit(command);
  }
}

async function submit(command) {
  const { type, client_id, message, endpoint, model, ...fields } = command;
  const choice = endpoint === undefined ? "" : `${endpoint}:${model}`;
  underway.add(client_id);
  try {
    take(await post(root + FORMS[type](message), { ...fields, client_id, choice }));
  } catch (problem) {
    if (problem.code) take({ type: "command.refused", client_id, code: problem.code, message: problem.message });
  } finally {
    underway.delete(client_id);
  }
}

async function refresh(article) {
  if (underway.has(article.id)) return;
  underway.add(article.id);
  try {
    const response = await fetch(article.dataset.url);
    if (response.status === 404) take({ type: "command.refused", code: "not_found", run: article.dataset.run, message: say("answer_gone") });
    if (response.ok && !response.redirected) replace(article, await response.text());
  } catch { /* no network for a moment: the next turn tries again */ } finally {
    underway.delete(article.id);
  }
}
