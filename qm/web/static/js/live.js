// The page's end of the live stream.  Messages of the server arrive as events of `stream`.

import { Stream } from "./socket.js";

const HERE_MS = 20_000;

/** Fires one event a message, named by its kind: row, gone, alert, turn, figures, count, state... */
export const stream = new EventTarget();

let send = () => {};

/** Tell the server something: {seen: alert_id}. */
export function tell(message) {
  send(message);
}

/**
 * Begin to listen.
 * @param {string[]} topics
 * @param {number} since feed number of the state that the page was made from
 */
export function listen(topics, since) {
  const url = `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/live/stream`;
  if ("SharedWorker" in window) shared(url, topics, since);
  else alone(url, topics, since);
}

function shared(url, topics, since) {
  const name = new URL("./worker.js", import.meta.url);
  const { port } = new SharedWorker(name, { type: "module", name: "qm" });
  port.onmessage = (event) => emit(event.data);
  port.start();
  port.postMessage({ hello: { url, topics, since } });
  send = (message) => port.postMessage({ send: message });
  setInterval(() => port.postMessage({ here: true }), HERE_MS);
  addEventListener("pagehide", () => port.postMessage({ bye: true }));
  addEventListener("pageshow", (event) => {
    if (event.persisted) port.postMessage({ hello: { url, topics, since } });
  });
}

function alone(url, topics, since) {
  const line = new Stream(url, emit, (state, at) => emit({ kind: "state", state, since: at }));
  line.watch(topics, since);
  send = (message) => line.send(message);
}

function emit(message) {
  stream.dispatchEvent(new CustomEvent(message.kind, { detail: message }));
}

/** Return the element that a message's HTML holds. */
export function element(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}
