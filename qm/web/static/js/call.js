// One call: player, waveform, transcript that follows; a live call grows at the end.

import { element, stream } from "./live.js";
import { drawOutline } from "./outline.js";
import { Mixer } from "./mixer.js";

const LEAD_MS = 1000; // evidence is played from a second before
const call = document.querySelector(".call");
const audio = document.getElementById("audio");
const transcript = document.getElementById("transcript");
const silences = JSON.parse(call.dataset.silences || "[]");
const by = (id) => document.getElementById(id);

function span(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

// ------------------------------------------------------------------ transcript

let turns = [];
let words = [];
function readTranscript() {
  const times = (node) => ({ node, start: Number(node.dataset.start ?? node.dataset.ms), end: Number(node.dataset.end) });
  turns = [...transcript.querySelectorAll(".turn")].map(times);
  words = [...transcript.querySelectorAll("[data-ms]")].map(times).sort((a, b) => a.start - b.start);
}

/** Return the last of `marks` (by start) that has begun at `ms`. */
function begun(marks, ms) {
  let [low, high] = [0, marks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (marks[middle].start <= ms) low = middle + 1;
    else high = middle;
  }
  return marks[low - 1];
}

let lit = [];
function light(ms) {
  const word = begun(words, ms);
  const turn = begun(turns, ms);
  const now = [turn?.node, word && ms < word.end + 200 ? word.node : null];
  if (now[0] === lit[0] && now[1] === lit[1]) return;
  lit[0]?.classList.remove("speaking");
  lit[1]?.classList.remove("now");
  now[0]?.classList.add("speaking");
  now[1]?.classList.add("now");
  if (now[0] !== lit[0] && audio && !audio.paused) reveal(now[0]);
  lit = now;
}

function reveal(node) {
  const { top, bottom } = node.getBoundingClientRect();
  if (top < 120 || bottom > innerHeight - 120) node.scrollIntoView({ block: "center" });
}

// paused again before the sound is there is no failure
const playSound = () => audio.play().catch(() => {});

/** Show and play the moment at `ms`. */
function go(ms, lead) {
  const turn = begun(turns, ms);
  if (turn) reveal(turn.node);
  if (audio) {
    audio.currentTime = Math.max(0, ms - lead) / 1000;
    playSound();
  }
  light(ms);
}

addEventListener("click", (event) => {
  const link = event.target.closest("[data-seek]");
  const word = event.target.closest("#transcript [data-ms]");
  if (link) {
    event.preventDefault();
    history.replaceState(null, "", `#m-${link.dataset.seek}`);
    go(Number(link.dataset.seek), LEAD_MS);
  } else if (word) {
    go(Number(word.dataset.ms), 0);
  }
});

function fromAddress() {
  const moment = /^#m-(\d+)$/.exec(location.hash);
  if (!moment) return;
  const ms = Number(moment[1]);
  const turn = begun(turns, ms);
  if (turn) turn.node.scrollIntoView({ block: "center" });
  if (audio) audio.currentTime = Math.max(0, ms - LEAD_MS) / 1000;
  light(ms);
}

// ------------------------------------------------------------------ player

if (audio) {
  const [play, seek, position, skip] = ["play", "seek", "position", "skip"].map(by);
  const use = play.querySelector("use");
  const toggle = () => (audio.paused ? playSound() : audio.pause());
  const jump = (seconds) => (audio.currentTime = Math.max(0, audio.currentTime + seconds));
  const show = () => {
    const ms = audio.currentTime * 1000;
    position.textContent = span(ms);
    seek.value = ms;
    seek.setAttribute("aria-valuetext", span(ms));
    light(ms);
    if (!skip.checked || audio.paused) return;
    const quiet = silences.find(([start, end]) => ms > start + 300 && ms < end - 500);
    if (quiet) audio.currentTime = (quiet[1] - 300) / 1000;
  };
  const follow = () => {
    show();
    if (!audio.paused) requestAnimationFrame(follow);
  };
  play.addEventListener("click", toggle);
  by("back").addEventListener("click", () => jump(-5));
  by("forward").addEventListener("click", () => jump(5));
  seek.addEventListener("input", () => (audio.currentTime = seek.value / 1000));
  by("speed").addEventListener("change", (event) => (audio.playbackRate = Number(event.target.value)));
  audio.addEventListener("play", follow);
  audio.addEventListener("seeked", show);
  for (const kind of ["play", "pause", "ended"]) {
    audio.addEventListener(kind, () => {
      play.setAttribute("aria-pressed", String(!audio.paused));
      use.setAttribute("href", `/static/icons.svg#${audio.paused ? "play" : "pause"}`);
    });
  }
  const mixer = new Mixer(audio);
  for (const slider of document.querySelectorAll(".volume")) {
    slider.addEventListener("input", () => mixer.set(Number(slider.dataset.channel), slider.value / 100));
  }
  addEventListener("keydown", (event) => {
    const busy = event.target.closest("a, button, input, select, summary, [role=tab], .alert");
    if (busy || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = { " ": toggle, ArrowLeft: () => jump(-5), ArrowRight: () => jump(5) }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  drawOutline(by("wave"), audio, call.dataset.call);
}

// ------------------------------------------------------------------ tabs

const tabs = [...document.querySelectorAll("[role=tab]")];
function choose(tab) {
  for (const one of tabs) {
    const chosen = one === tab;
    one.setAttribute("aria-selected", String(chosen));
    one.tabIndex = chosen ? 0 : -1;
    by(one.getAttribute("aria-controls")).hidden = !chosen;
  }
}
for (const [i, tab] of tabs.entries()) {
  tab.addEventListener("click", () => choose(tab));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(i + step + tabs.length) % tabs.length];
    choose(next);
    next.focus();
  });
}

// ------------------------------------------------------------------ a live call grows

stream.addEventListener("turn", ({ detail }) => {
  const turn = element(detail.html);
  const old = by(turn.id);
  const atEnd = innerHeight + scrollY > document.documentElement.scrollHeight - 160;
  const start = (node) => Number(node.dataset.start);
  if (old) old.replaceWith(turn);
  else {
    const after = [...transcript.children].find((other) => start(other) > start(turn));
    transcript.insertBefore(turn, after ?? null);
  }
  by("transcript-empty").hidden = true;
  readTranscript();
  if (atEnd && transcript.dataset.follow !== undefined) turn.scrollIntoView({ block: "end" });
});
stream.addEventListener("lanes", ({ detail }) => {
  const drawn = by("lanes"); // written conversations have no time line
  if (drawn && !drawn.contains(document.activeElement)) drawn.innerHTML = detail.html;
});
stream.addEventListener("ended", () => (by("ended").hidden = false));
stream.addEventListener("reset", ({ detail }) => {
  if (detail.topic.startsWith("call:")) location.reload();
});

readTranscript();
fromAddress();
addEventListener("hashchange", fromAddress);
