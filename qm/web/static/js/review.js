// A review by keyboard: the form, its evidence, the sound that was heard, notes.

import { typing } from "./keys.js";
import { Heard } from "./heard.js";
import { Marking } from "./marking.js";

const page = document.querySelector(".review");
const address = `/review/${page.dataset.review}`;
const by = (id) => document.getElementById(id);
const audio = by("audio");
const asked = () => [...document.querySelectorAll(".ask")];
const send = (path, form) => fetch(address + path, {
  method: "POST", body: new URLSearchParams(form),
  headers: { "X-CSRF-Token": document.body.dataset.csrf, "HX-Request": "true" },
});

// ------------------------------------------------------------------ which question

let current = asked().find((ask) => !ask.hasAttribute("data-done")) ?? asked()[0];

function show(ask, { focus = true } = {}) {
  if (!ask) return;
  by("tab-form").getAttribute("aria-selected") === "true" || by("tab-form").click();
  current?.classList.remove("current");
  current = ask;
  ask.classList.add("current");
  if (focus) ask.focus({ preventScroll: true });
  ask.scrollIntoView({ block: "nearest" });
}
const step = (by_) => show(asked()[asked().indexOf(current) + by_]);
function nextOpen() {
  const all = asked();
  const from = all.indexOf(current);
  const open = [...all.slice(from + 1), ...all.slice(0, from + 1)].find((ask) => !ask.hasAttribute("data-done"));
  if (open) show(open);
  else by("submit").focus();
}
by("asked").addEventListener("focusin", (event) => {
  const ask = event.target.closest(".ask");
  if (ask && ask !== current) show(ask, { focus: false });
});

// ------------------------------------------------------------------ answering

let busy = Promise.resolve();

/** Send an answer after those before it, and show the question as the server has it then. */
function keep(ask, form) {
  busy = busy.then(async () => {
    const answer = await send(`/answers/${ask.dataset.question}`, form);
    if (!answer.ok) return fail(answer);
    const { question, foot, reload } = await answer.json();
    if (reload) return location.reload();
    const old = by(ask.id);
    const within = old.contains(document.activeElement) ? document.activeElement : null;
    const wasOpen = old.querySelector("details")?.open;
    old.outerHTML = question;
    const now = by(ask.id);
    if (wasOpen) now.querySelector("details").open = true;
    if (current === old) {
      current = now;
      now.classList.add("current");
    }
    by("foot").innerHTML = foot;
    if (within) refocus(now, within);
  });
  return busy;
}

function refocus(ask, before) {
  const same = before.name && before.value && ask.querySelector(`[name="${before.name}"][value="${before.value}"]`);
  (same || ask).focus({ preventScroll: true });
}

async function fail(answer) {
  by("notice").innerHTML = answer.status === 409 ? "" : await answer.text();
  if (answer.status === 409) location.reload(); // somebody else has it: the page says so
  by("notice").scrollIntoView({ block: "center" });
}

function chosen(ask) {
  const inputs = [...ask.querySelectorAll("input:checked")];
  const outside = inputs.find((input) => input.hasAttribute("data-outside"));
  if (outside) return [["state", outside.value]];
  return [["state", "answered"], ...inputs.map((input) => ["chosen", input.value])];
}

by("asked").addEventListener("change", (event) => {
  const ask = event.target.closest(".ask");
  if (event.target.type === "number") keep(ask, [["state", "answered"], ["number", event.target.value]]);
  else {
    for (const other of ask.querySelectorAll("input:checked")) {
      if (other !== event.target && other.hasAttribute("data-outside") !== event.target.hasAttribute("data-outside")) other.checked = false;
    }
    const form = chosen(ask);
    keep(ask, form.length > 1 || form[0][1] !== "answered" ? form : []);
  }
});
by("asked").addEventListener("click", (event) => {
  const ask = event.target.closest(".ask");
  const accept = event.target.closest("[data-accept]");
  const reason = event.target.closest("[data-reason]");
  if (accept) acceptOn(ask);
  if (reason) keep(ask, [...chosen(ask), ["reason", reason.dataset.reason]]);
});

function choose(ask, input) {
  if (!input) return;
  input.checked = input.type === "radio" || !input.checked;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}
function acceptOn(ask) {
  const said = ask.dataset.machine;
  if (!said) return;
  const state = said === "not_applicable" ? [["state", said]] : [["state", "answered"], ...said.split(" ").map((one) => ["chosen", one])];
  keep(ask, state);
}

// ------------------------------------------------------------------ evidence

let evidence = { ask: null, at: -1 };
function playEvidence() {
  const links = [...current.querySelectorAll(".evidence")];
  if (!links.length) return;
  const at = evidence.ask === current.id ? (evidence.at + 1) % links.length : 0;
  evidence = { ask: current.id, at };
  links[at].click();
}

// ------------------------------------------------------------------ notes

const position = () => (audio ? Math.round(audio.currentTime * 1000) : 0);
const span = (ms) => `${Math.floor(ms / 60000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;
let noteAt = 0;

function openNote() {
  by("tab-notes").click();
  noteAt = position();
  sayMoment();
  by("note-text").focus();
}
function sayMoment() {
  const words = by("note-at");
  words.textContent = by("note-pin").checked && audio ? words.dataset.at.replace("{at}", span(noteAt)) : words.dataset.call;
}
async function put(answer) {
  if (!answer.ok) return fail(answer);
  const typed = by("note-text").value;
  by("pane-notes").innerHTML = await answer.text();
  if (answer.keep) by("note-text").value = typed;
  by("notes-count").textContent = by("notes").dataset.count === "0" ? "" : by("notes").dataset.count;
  sayMoment();
  wait();
}
by("pane-notes").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = [["text", by("note-text").value], ["audience", by("note-audience").value]];
  if (by("note-pin").checked && audio) form.push(["at_ms", noteAt]);
  await put(await send("/notes", form));
  show(current);
});
by("pane-notes").addEventListener("change", (event) => event.target.id === "note-pin" && sayMoment());
by("pane-notes").addEventListener("focusin", (event) => {
  if (event.target.id !== "note-text" || event.target.value) return;
  noteAt = position();
  sayMoment();
});
by("pane-notes").addEventListener("click", async (event) => {
  const drop = event.target.closest("[data-drop]");
  if (drop) await put(await send(`/notes/${drop.dataset.drop}/delete`, []));
});
by("pane-notes").addEventListener("keydown", (event) => {
  event.stopPropagation(); // the player's keys are words here
  if (event.key === "Escape") show(current);
  if (event.key === "Enter" && event.ctrlKey) by("note-form").requestSubmit();
});

const CHECK_MS = 2500; // the worker looks at what was typed every second or two
let waiting = 0;
function wait() {
  clearTimeout(waiting);
  if (by("notes").hasAttribute("data-waiting")) waiting = setTimeout(again, CHECK_MS);
}
async function again() {
  if (by("note-text").value || document.activeElement?.closest("#pane-notes")) return wait();
  const answer = await fetch(`${address}/notes`, { headers: { "HX-Request": "true" } });
  if (answer.ok) await put(answer);
}

// ------------------------------------------------------------------ dialogs and keys

for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("click", (event) => event.target.closest("[data-close]") && dialog.close());
  dialog.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (/^[1-9]$/.test(event.key)) dialog.querySelector(`[data-digit="${event.key}"]`)?.click();
  });
  dialog.addEventListener("close", () => show(current));
}
by("show-keys").addEventListener("click", () => by("keys").showModal());
by("foot").addEventListener("click", (event) => event.target.closest("#set-aside") && by("aside").showModal());

const marking = audio || document.querySelector(".turn") ? new Marking(page, send) : null;
by("mark").addEventListener("click", () => marking?.begin(position()));

function faster(by_) {
  const speed = by("speed");
  if (!speed) return;
  speed.selectedIndex = Math.min(speed.length - 1, Math.max(0, speed.selectedIndex + by_));
  speed.dispatchEvent(new Event("change"));
}

const ACTS = {
  j: () => step(1), k: () => step(-1), n: nextOpen, e: playEvidence, m: openNote,
  a: () => acceptOn(current), g: () => current.querySelector("summary")?.click(),
  u: () => choose(current, current.querySelector("[value=not_judged]")),
  0: () => choose(current, current.querySelector("[value=not_applicable]")),
  p: () => marking?.begin(position()), x: () => by("aside").showModal(), "?": () => by("keys").showModal(),
  "+": () => faster(1), "-": () => faster(-1),
};

addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.ctrlKey && !event.target.closest("textarea")) {
    busy.then(() => by("submit").disabled || by("submit").click());
    return;
  }
  if (typing(event) || marking?.on || document.querySelector("dialog[open]")) return;
  const key = event.key.toLowerCase();
  const reason = current.querySelector(`.reasons[data-wanted=yes] [data-letter="${key}"]`);
  if (reason) reason.click();
  else if (/^[1-9]$/.test(key)) choose(current, current.querySelector(`.options [data-digit="${key}"]`));
  else if (key === " " && event.target.matches?.(".options input")) by("play")?.click();
  else if (ACTS[key]) ACTS[key]();
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });

const heard = audio && new Heard(page, audio, by("heard-lane"), by("heard"), send);
by("foot").addEventListener("submit", async (event) => {
  event.preventDefault();
  await busy;
  await heard?.tell();
  HTMLFormElement.prototype.submit.call(event.target); // a button named submit hides the form's own
});
current.classList.add("current");
sayMoment();
wait();
