// Which stretches of a recording were played: shaded under the waveform, told to the server.

const TELL_MS = 8000;
const STEP_MS = 1500; // a longer step between two looks is a jump, not listening
const GAP_MS = 400; // as in the store

export class Heard {
  #told = [];
  #from = null;
  #last = 0;

  constructor(page, audio, lane, label, send) {
    this.end = Number(page.dataset.end) || 1;
    this.stretches = JSON.parse(page.dataset.heard || "[]");
    Object.assign(this, { audio, lane, label, send });
    audio.addEventListener("timeupdate", () => this.#look());
    for (const kind of ["pause", "ended", "seeking"]) audio.addEventListener(kind, () => this.#cut());
    audio.addEventListener("pause", () => this.tell());
    setInterval(() => this.tell(), TELL_MS);
    this.#draw();
  }

  #look() {
    if (this.audio.paused || this.audio.seeking) return;
    const at = Math.round(this.audio.currentTime * 1000);
    if (this.#from === null || Math.abs(at - this.#last) > STEP_MS) this.#cut(at);
    this.#last = at;
    this.#draw();
  }

  #cut(begin = null) {
    if (this.#from !== null && this.#last > this.#from) {
      this.#told.push([this.#from, this.#last]);
      this.stretches.push([this.#from, this.#last]);
    }
    this.#from = begin;
    if (begin !== null) this.#last = begin;
    this.#draw();
  }

  /** Tell the server what was played since it was last told. */
  async tell() {
    if (this.#from !== null) this.#cut(this.#last);
    if (!this.#told.length) return;
    const form = this.#told.flatMap(([start, end]) => [["start_ms", start], ["end_ms", end]]);
    this.#told = [];
    await this.send("/heard", form);
  }

  #draw() {
    const now = this.#from === null ? [] : [[this.#from, this.#last]];
    const joined = [];
    for (const [start, end] of [...this.stretches, ...now].sort((a, b) => a[0] - b[0])) {
      const before = joined.at(-1);
      if (before && start <= before[1] + GAP_MS) before[1] = Math.max(before[1], end);
      else joined.push([start, end]);
    }
    while (this.lane.children.length > 1) this.lane.lastChild.remove();
    let heard = 0;
    for (const [start, end] of joined) {
      const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      const values = { class: "part", x: (100 * start) / this.end, y: 0, width: (100 * (end - start)) / this.end, height: 3 };
      for (const [name, value] of Object.entries(values)) bar.setAttribute(name, value);
      this.lane.append(bar);
      heard += Math.min(end, this.end) - start;
    }
    const text = this.label.dataset.words.replace("{n}", Math.min(100, Math.round((100 * heard) / this.end)));
    if (this.label.textContent !== text) this.label.textContent = text;
  }
}
