// Plays stretches in place: found turns, clips, playlists one after the other.  One at a time.

const by = (id) => document.getElementById(`listen-${id}`);
const bar = document.getElementById("listen");
const audio = by("audio");
const use = by("play").querySelector("use");
const HEARD = 0.9; // of a clip's length, played, is "heard to the end": people stop at the last word
let now = null; // {node, src, start, end}: what plays, ms
let list = []; // the buttons of a list that plays through
let heardMs = 0;
let lastMs = 0;

export function span(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function read(node) {
  const { src, start, end } = node.dataset;
  return { node, src, start: Number(start), end: Number(end) };
}

/** Play what a button stands for, from its start. */
export function play(node) {
  mark(false);
  now = read(node);
  list = [...(node.closest("[data-through]")?.querySelectorAll("[data-play]") ?? [])];
  heardMs = 0;
  bar.hidden = false;
  by("failed").hidden = true;
  by("title").textContent = node.dataset.title;
  by("of").textContent = span(now.end - now.start);
  by("seek").max = now.end - now.start;
  for (const id of ["previous", "next"]) by(id).hidden = list.length < 2;
  const same = audio.getAttribute("src") === now.src;
  if (!same) audio.src = now.src;
  seek(0);
  audio.play().catch(() => {}); // the error event says what happened
  mark(true);
}

function seek(ms) {
  const to = (now.start + ms) / 1000;
  lastMs = now.start + ms;
  if (audio.readyState > 0) audio.currentTime = to;
  else audio.addEventListener("loadedmetadata", () => (audio.currentTime = to), { once: true });
}

function mark(on) {
  if (!now) return;
  now.node.toggleAttribute("data-playing", on);
  now.node.querySelector("use")?.setAttribute("href", `/static/icons.svg#${on && !audio.paused ? "pause" : "play"}`);
}

function step(by_) {
  const next = list[list.indexOf(now?.node) + by_];
  if (next) play(next);
  return Boolean(next);
}

function show() {
  if (!now) return;
  const ms = audio.currentTime * 1000;
  const moved = ms - lastMs;
  if (moved > 0 && moved < 1500) heardMs += moved; // a jump is not heard
  lastMs = ms;
  by("at").textContent = span(ms - now.start);
  by("seek").value = ms - now.start;
  by("seek").setAttribute("aria-valuetext", span(ms - now.start));
  if (ms >= now.end && !audio.paused) finish();
}

function follow() {
  show();
  if (!audio.paused) requestAnimationFrame(follow);
}

function finish() {
  audio.pause();
  tell();
  if (!step(1)) seek(0);
}

/** Tell the server that a shared clip was heard. */
function tell() {
  const { node, start, end } = now;
  if (!node.dataset.heard || heardMs < HEARD * (end - start)) return;
  const body = new URLSearchParams({ clip_id: node.dataset.clip });
  const headers = { "X-CSRF-Token": document.body.dataset.csrf };
  fetch(node.dataset.heard, { method: "POST", body, headers }).then((answer) => {
    const chip = document.querySelector(`[data-heard-of="${node.dataset.clip}"]`);
    if (answer.ok && chip) chip.hidden = false;
  }, () => {}); // offline: the connection state says so, and it can be heard again
}

const toggle = () => (audio.paused ? audio.play() : audio.pause());

addEventListener("click", (event) => {
  const node = event.target.closest("[data-play]");
  if (!node || !node.dataset.src) return;
  if (now?.node === node && !audio.ended) toggle();
  else play(node);
});
document.getElementById("play-through")?.addEventListener("click", () => {
  play(document.querySelector("[data-through] [data-play]"));
});
by("play").addEventListener("click", toggle);
by("previous").addEventListener("click", () => step(-1));
by("next").addEventListener("click", () => step(1));
by("seek").addEventListener("input", () => seek(Number(by("seek").value)));
by("speed").addEventListener("change", () => (audio.playbackRate = Number(by("speed").value)));
audio.addEventListener("play", follow);
audio.addEventListener("ended", finish);
audio.addEventListener("timeupdate", show);
audio.addEventListener("error", () => (by("failed").hidden = !now));
for (const kind of ["play", "pause"]) {
  audio.addEventListener(kind, () => {
    by("play").setAttribute("aria-pressed", String(!audio.paused));
    use.setAttribute("href", `/static/icons.svg#${audio.paused ? "play" : "pause"}`);
    audio.playbackRate = Number(by("speed").value);
    mark(true);
  });
}
addEventListener("keydown", (event) => {
  const busy = event.target.closest("a, button, input, select, textarea, summary");
  if (busy || event.key !== " " || !now || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  toggle();
});

// ------------------------------------------------------------------ texts that are being checked

const LOOKS_MS = [2_000, 3_000, 5_000, 10_000, 20_000]; // the worker takes seconds; then stop asking

/** Show what people typed once the worker has checked it, without a reload under the pointer. */
async function refresh(look) {
  if (look >= LOOKS_MS.length || !document.querySelector("[data-waiting]")) return;
  await new Promise((done) => setTimeout(done, LOOKS_MS[look]));
  // a page that answered a form has an address of its own
  const address = document.querySelector("[data-page]")?.dataset.page ?? location.href;
  const answer = await fetch(address).catch(() => null);
  if (answer?.ok && !answer.redirected) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const node of document.querySelectorAll("[data-waiting]")) {
      const fresh = page.querySelector(`[data-typed="${node.dataset.typed}"]:not([data-waiting])`);
      if (fresh) node.replaceWith(document.importNode(fresh, true));
    }
  }
  refresh(look + 1);
}
refresh(0);
