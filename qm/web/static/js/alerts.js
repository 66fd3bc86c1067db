// Alert cards: arrive, wait above the list while somebody points at it, act by key.

import { element, stream, tell } from "./live.js";

const list = document.getElementById("alerts");
const waiting = document.getElementById("alerts-new");
const empty = document.getElementById("alerts-empty");
const { me, mode } = list.dataset;
const ORDER = { act: 0, look: 1, info: 2 };
const pending = new Map(); // id -> card that is new while the pointer is in the list
const seen = new Set();

const cards = () => [...list.querySelectorAll(":scope > .alert")];
const key = (card) => `${ORDER[card.dataset.tone]}-${card.dataset.raised.padStart(15, "0")}`;
const busy = () => list.matches(":hover") || list.contains(document.activeElement);

/** Cards that somebody else has are for reading; so are all, for those who do not supervise. */
function dress(card) {
  const owner = card.dataset.owner;
  for (const acts of card.querySelectorAll("[data-for-owner]")) {
    acts.hidden = !me || (Boolean(owner) && owner !== me);
  }
  const mine = card.querySelector("[data-for-me]");
  if (mine) mine.hidden = !me || !card.dataset.asked.split(" ").includes(me);
}

/** Tell the server once that a person can see the card. */
function acknowledge(card) {
  const id = card.dataset.alert;
  if (seen.has(id) || document.visibilityState !== "visible" || !card.offsetParent) return;
  seen.add(id);
  requestAnimationFrame(() => requestAnimationFrame(() => tell({ seen: id }))); // after it is painted
}

function place(card) {
  const after = cards().find((other) => key(other) > key(card));
  if (after) after.before(card);
  else list.append(card);
  settle(card);
}

function settle(card) {
  dress(card);
  htmx.process(card);
  acknowledge(card);
  empty.hidden = cards().length > 0;
}

function showPending() {
  for (const card of pending.values()) place(card);
  pending.clear();
  count();
}

function count() {
  if (!waiting) return;
  waiting.hidden = pending.size === 0;
  const text = pending.size === 1 ? waiting.dataset.one : waiting.dataset.other;
  waiting.textContent = text.replace("{n}", pending.size);
}

function update(old, card) {
  const focused = old.contains(document.activeElement);
  const name = focused && document.activeElement.dataset?.key;
  if (name && old.dataset.state === card.dataset.state && old.dataset.owner === card.dataset.owner) {
    return; // somebody is choosing in it, and nothing that matters has changed
  }
  old.replaceWith(card);
  settle(card);
  if (focused) (card.querySelector(`[data-key="${name}"]`) ?? card).focus();
}

stream.addEventListener("alert", ({ detail }) => {
  const card = element(detail.html);
  const old = document.getElementById(card.id);
  if (old) update(old, card);
  else if (card.dataset.state === "closed" && mode !== "call") pending.delete(detail.id);
  else if (busy() && waiting) pending.set(detail.id, card);
  else place(card);
  count();
});
stream.addEventListener("reset", ({ detail }) => {
  if (detail.topic.startsWith("alerts")) list.dispatchEvent(new Event("qm:reset"));
});

waiting?.addEventListener("click", () => {
  showPending();
  cards()[0]?.focus();
});
function leave() {
  if (busy()) return;
  showPending();
  if (mode !== "board") return;
  for (const card of cards()) {
    if (card.dataset.state === "closed") card.remove(); // the alerts page keeps them for a day
  }
  empty.hidden = cards().length > 0;
}
list.addEventListener("pointerleave", () => requestAnimationFrame(leave));
list.addEventListener("focusout", ({ relatedTarget }) => {
  if (relatedTarget) requestAnimationFrame(leave); // null: a card was replaced, nobody has left
});

// ------------------------------------------------------------------ keys, while a card has focus

function move(card, step) {
  const all = cards();
  all[all.indexOf(card) + step]?.focus();
}

list.addEventListener("keydown", (event) => {
  const card = event.target.closest(".alert");
  if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.matches("select, input, textarea");
  if (typing) return;
  if (event.key === "j" || event.key === "ArrowDown") move(card, 1);
  else if (event.key === "k" || event.key === "ArrowUp") move(card, -1);
  else {
    const control = card.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!control || control.closest("[hidden]")) return;
    if (control.matches("button")) control.click();
    else control.focus();
  }
  event.preventDefault();
});

addEventListener("htmx:after:swap", () => {
  for (const card of cards()) {
    dress(card);
    acknowledge(card);
  }
  if (document.activeElement === document.body) {
    const last = acted && document.getElementById(acted);
    last?.focus();
  }
});

let acted = "";
list.addEventListener("htmx:before:request", (event) => {
  acted = event.target.closest?.(".alert")?.id ?? "";
});

document.addEventListener("visibilitychange", () => cards().forEach(acknowledge));
for (const card of cards()) {
  dress(card);
  acknowledge(card);
}
