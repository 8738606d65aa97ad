/* The websocket: opened, kept alive, opened again; commands wait in the outbox until answered. */

import { page, root } from "./dom.js";

const OPEN_WITHIN = 5000; // a proxy that blocks websockets may just say nothing
const QUIET = 25000; // after this silence the page asks whether anybody is there
const DEAF = 40000; // after this one it does not believe it
const PAUSES = [300, 1000, 2000, 4000, 8000, 15000];
const SIGNED_OUT = 4401;
const FORBIDDEN = 4403;
const RESTART = 4012;
const FRAME_MAX = 1024 * 1024; // bytes; the server ends a socket that sends a larger frame

const listeners = new Map();
const outbox = new Map();

let socket = null;
let state = "connecting";
let failures = 0;
let everOpen = false;
let lastHeard = 0;
let retry = 0;

export const isPlain = () => state === "blocked" || state === "forbidden";
export const waiting = () => [...outbox.values()];

/** Call `handler` for every event of a type. "state" tells of the connection itself. */
export function listen(type, handler) {
  listeners.set(type, [...(listeners.get(type) ?? []), handler]);
}

function tell(event) {
  for (const handler of listeners.get(event.type) ?? []) handler(event);
}

/** Whether the server would take a command. */
export const fits = (command) => new TextEncoder().encode(JSON.stringify(command)).length <= FRAME_MAX;

/** Send a command now; false when there is nobody to send it to. */
export function send(command) {
  if (state !== "open" || socket?.readyState !== WebSocket.OPEN) return false;
  socket.send(JSON.stringify(command));
  return true;
}

/** Send a command with a client_id, again after every reconnect until it is answered. */
export function deliver(command) {
  outbox.set(command.client_id, command);
  send(command);
  if (isPlain()) tell({ type: "outbox" });
}

/** The command was answered; gives it back where it was this page's own. */
export function settled(clientId) {
  const command = outbox.get(clientId);
  outbox.delete(clientId);
  return command;
}

function become(next) {
  if (state === next) return;
  state = next;
  tell({ type: "state", state });
}

export function connect() {
  clearTimeout(retry);
  if (socket || state === "signed-out") return;
  const address = new URL(`${root}ws/`, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  const mine = new WebSocket(address);
  socket = mine;
  mine.onmessage = (frame) => receive(JSON.parse(frame.data));
  mine.onclose = (event) => mine === socket && lost(event.code);
  setTimeout(() => mine === socket && state !== "open" && giveUp(mine), OPEN_WITHIN);
}

function giveUp(mine) {
  mine.onclose = null;
  mine.close();
  lost(0);
}

function receive(event) {
  lastHeard = Date.now();
  if (event.type === "hello") opened(event);
  tell(event);
}

function opened(hello) {
  const former = page.dataset.release;
  page.dataset.release = hello.release;
  failures = 0;
  everOpen = true;
  become("open");
  if (former && former !== hello.release) tell({ type: "release" });
  for (const command of outbox.values()) send(command);
}

function lost(code) {
  socket = null;
  failures += 1;
  if (code === SIGNED_OUT) return become("signed-out");
  if (code === FORBIDDEN) become("forbidden");
  else if (everOpen) become("reconnecting");
  else if (performance.now() > OPEN_WITHIN) become("blocked");
  const pause = code === RESTART ? PAUSES[0] : PAUSES[Math.min(failures - 1, PAUSES.length - 1)];
  retry = setTimeout(connect, pause * (0.75 + Math.random() / 2));
}

function lookAlive() {
  if (state !== "open") return;
  const silence = Date.now() - lastHeard;
  if (silence < 0) lastHeard = Date.now(); // the clock was set back
  else if (silence > DEAF) giveUp(socket);
  else if (silence > QUIET) send({ type: "ping" });
}

function hurry() {
  if (!socket && document.visibilityState === "visible") connect();
}

/* The browser may keep the page as it is and show it again: then it begins where a lost one does. */
function leave() {
  clearTimeout(retry);
  if (!socket) return;
  socket.onclose = null;
  socket.close(1000);
  socket = null;
  if (state === "open") become("reconnecting");
}

setInterval(lookAlive, 5000);
setTimeout(() => state === "connecting" && !socket && become("blocked"), OPEN_WITHIN);
addEventListener("online", hurry);
addEventListener("pageshow", hurry);
addEventListener("pagehide", leave);
document.addEventListener("visibilitychange", hurry);
