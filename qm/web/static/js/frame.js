// What every page has: connection state, clocks that count on, idle sign-out, menus.

import { listen, stream } from "./live.js";
import { wantsNotices } from "./notify.js";

const INPUT_EVERY_MS = 60_000; // the server hears of input this often at most
const { body } = document;
const skew = Number(body.dataset.now) - Date.now(); // server's clock minus ours

/** The server's clock, UTC ms. */
export const now = () => Date.now() + skew;

function span(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

// ------------------------------------------------------------------ connection and clocks

const connection = document.getElementById("connection");
let state = { state: "waiting", since: 0 };

function showState() {
  if (!connection) return;
  const lost = state.state === "lost";
  const seconds = Math.round((Date.now() - state.since) / 1000);
  const text = lost && state.since ? connection.dataset.lost.replace("{n}", seconds) : "";
  const plain = state.state === "live" ? connection.dataset.live : connection.dataset.waiting;
  const shown = text || plain;
  if (connection.textContent !== shown) connection.textContent = shown;
  connection.dataset.state = lost ? (state.since ? "lost" : "waiting") : state.state;
  // a screen reader hears of a loss once, not every second
  connection.setAttribute("aria-live", lost && seconds > 5 ? "off" : "polite");
}

stream.addEventListener("state", ({ detail }) => {
  state = detail;
  if (detail.state === "signed_off") location.assign("/sign-in?signed_off=true");
  else showState();
});

const clock = document.getElementById("clock");
const format = new Intl.DateTimeFormat(document.documentElement.lang, {
  timeZone: body.dataset.zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});

function tick() {
  const at = now();
  for (const time of document.querySelectorAll("time[data-since]")) {
    const shown = span(at - Number(time.dataset.since));
    if (time.textContent !== shown) time.textContent = shown;
  }
  if (clock) clock.textContent = format.format(at);
  if (state.state === "lost") showState();
}
setInterval(tick, 1000);
tick();

// ------------------------------------------------------------------ signs of life

let told = Date.now();

function input() {
  if (Date.now() - told < INPUT_EVERY_MS) return;
  told = Date.now();
  fetch("/input", { method: "POST", headers: { "X-CSRF-Token": body.dataset.csrf } }).then((answer) => {
    if (answer.redirected || answer.status === 401) location.assign("/sign-in?signed_off=true");
  }, () => {}); // offline: the connection state says so
}
for (const kind of ["pointerdown", "keydown", "wheel"]) {
  addEventListener(kind, input, { passive: true, capture: true });
}

// ------------------------------------------------------------------ menus, counts

addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

const count = document.getElementById("waiting-count");
stream.addEventListener("count", ({ detail }) => {
  count.dataset.n = detail.n;
  count.querySelector("[data-number]").textContent = detail.n;
});

const page = document.querySelector("[data-topics]");
const topics = (page?.dataset.topics ?? "").split(" ").filter(Boolean);
if (count) topics.push("count");
if (count && wantsNotices()) topics.push("notify");
listen(topics, Number(page?.dataset.seq ?? 0));
