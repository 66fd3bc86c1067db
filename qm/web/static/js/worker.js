// Shared by all tabs of the site: one socket for a browser, however many pages are open.

import { Stream } from "./socket.js";

const PORT_SILENT_MS = 200_000; // hidden tabs may run timers once a minute only

const ports = new Map(); // port -> { topics, at }
let state = { kind: "state", state: "waiting", since: 0 };
let stream = null;

self.onconnect = (event) => {
  const port = event.ports[0];
  ports.set(port, { topics: [], at: Date.now() });
  port.onmessage = (message) => take(port, message.data);
  port.postMessage(state);
};

function take(port, message) {
  const known = ports.get(port) ?? { topics: [], at: 0 };
  known.at = Date.now();
  ports.set(port, known);
  if (message.hello) {
    known.topics = message.hello.topics;
    open(message.hello.url);
    stream.watch(known.topics, message.hello.since);
  } else if (message.bye) {
    ports.delete(port);
    dropUnused(known.topics);
  } else if (message.send) {
    stream?.send(message.send);
  }
}

function open(url) {
  if (stream) {
    stream.wake();
    return;
  }
  stream = new Stream(url, spread, (name, since) => {
    state = { kind: "state", state: name, since };
    tell(state, () => true);
  });
}

function spread(message) {
  tell(message, (port) => !message.topic || port.topics.includes(message.topic));
}

function tell(message, wants) {
  for (const [port, known] of ports) if (wants(known)) port.postMessage(message);
}

function dropUnused(topics) {
  const wanted = new Set([...ports.values()].flatMap((known) => known.topics));
  stream?.drop(topics.filter((topic) => !wanted.has(topic)));
}

setInterval(() => {
  const oldest = Date.now() - PORT_SILENT_MS;
  for (const [port, known] of ports) {
    if (known.at < oldest) take(port, { bye: true });
  }
}, 60_000);
