// Cutting a clip: select words, or press Cut and move the ends; the form is beside the words.

import "./listen.js";

const BEFORE_MS = 100; // recognised words begin a little late
const AFTER_MS = 250; // and end a little early
const by = (id) => document.getElementById(`cut-${id}`);
const cutter = document.getElementById("cutter");
const form = document.getElementById("cutter-form");
const empty = document.getElementById("cutter-empty");
const said = by("said");
let from = null; // the card that the clip is cut from

function write(ms) {
  const tenths = Math.max(0, Math.round(ms / 100));
  const minutes = Math.floor(tenths / 600);
  const rest = tenths % 600;
  return `${minutes}:${String(Math.floor(rest / 10)).padStart(2, "0")}.${rest % 10}`;
}

function value(side) {
  const parts = by(side).value.trim().split(":").map(Number);
  if (!parts.length || parts.some(Number.isNaN)) return NaN;
  return parts.reduce((sum, part) => sum * 60 + part, 0) * 1000;
}

/** Show what is chosen: its length, and what "Hear it" plays. */
function update() {
  const [start, end] = [value("start"), value("end")];
  const hear = by("hear");
  hear.dataset.start = start;
  hear.dataset.end = end;
  hear.dataset.src = end > start ? `/calls/${by("call").value}/audio` : "";
  by("length").textContent = end > start ? `${((end - start) / 1000).toFixed(1)} s` : "–";
  for (const word of document.querySelectorAll(".in-cut")) word.classList.remove("in-cut");
  for (const word of from?.querySelectorAll("[data-ms]") ?? []) {
    const middle = (Number(word.dataset.ms) + Number(word.dataset.end)) / 2;
    word.classList.toggle("in-cut", middle >= start && middle < end);
  }
}

function choose(card, start, end) {
  from = card;
  by("call").value = card.dataset.call;
  by("of").textContent = card.dataset.title;
  by("start").value = write(start);
  by("end").value = write(end);
  said.replaceChildren();
  form.hidden = false;
  empty.hidden = true;
  cutter.classList.add("open");
  update();
}

function close() {
  cutter.classList.remove("open");
  form.hidden = true;
  empty.hidden = false;
  from = null;
  update();
}

// ------------------------------------------------------------------ choosing

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-cut]");
  if (!button) return;
  event.preventDefault();
  const { start, end } = button.dataset;
  choose(button.closest(".cuttable"), Math.max(0, Number(start) - BEFORE_MS), Number(end) + AFTER_MS);
  by("title").focus();
});

let waiting = 0;
document.addEventListener("selectionchange", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    const chosen = getSelection();
    const node = chosen?.anchorNode;
    const card = (node?.nodeType === Node.TEXT_NODE ? node.parentElement : node)?.closest?.(".cuttable");
    if (!card || chosen.isCollapsed || !card.contains(chosen.focusNode)) return;
    const words = [...card.querySelectorAll("[data-ms]")].filter((word) => chosen.containsNode(word, true));
    if (words.length < 2) return; // one word is a click that slipped
    const start = Math.min(...words.map((word) => Number(word.dataset.ms)));
    const end = Math.max(...words.map((word) => Number(word.dataset.end)));
    choose(card, Math.max(0, start - BEFORE_MS), end + AFTER_MS);
  }, 200);
});

for (const side of ["start", "end"]) by(side).addEventListener("input", update);
for (const button of form.querySelectorAll("[data-nudge]")) {
  button.addEventListener("click", () => {
    const { nudge, by: ms } = button.dataset;
    by(nudge).value = write((value(nudge) || 0) + Number(ms));
    update();
  });
}
document.getElementById("cutter-close").addEventListener("click", close);
form.addEventListener("keydown", (event) => {
  if (event.key === "Escape") close();
});
cutter.addEventListener("change", (event) => {
  if (event.target.id === "cut-playlist") document.getElementById("cut-new").hidden = event.target.value !== "new";
});

// ------------------------------------------------------------------ what the server says

new MutationObserver(() => {
  if (!said.querySelector("[data-saved]")) return;
  from?.classList.add("was-cut");
  for (const id of ["title", "why", "new-title"]) by(id).value = "";
  form.hidden = true;
  document.getElementById("cut-new").hidden = by("playlist").value !== "new";
  said.querySelector("a").focus();
}).observe(said, { childList: true });

// ------------------------------------------------------------------ asking

const ask = document.getElementById("ask");
document.addEventListener("click", (event) => {
  const start = event.target.closest("[data-start-label]");
  if (!start) return;
  event.preventDefault();
  ask.querySelector("[name=label]").value = start.dataset.startLabel;
  ask.querySelector("[name=order]").value = "surest";
  ask.requestSubmit();
});
document.addEventListener("htmx:after:swap", () => {
  const found = document.getElementById("found");
  if (ask && found && !cutter.contains(document.activeElement) && !found.contains(document.activeElement)) {
    found.scrollIntoView({ block: "nearest" });
  }
});

// ------------------------------------------------------------------ a whole call, at a moment

const moment = /^#m-(\d+)$/.exec(location.hash);
if (moment) document.getElementById(`m-${moment[1]}`)?.scrollIntoView({ block: "center" });
