// "PHI missed here": choose words of one turn by mouse or keys, say what they are, have them removed.

export class Marking {
  on = false;
  #turn = null;
  #from = 0;
  #to = 0;

  constructor(page, send) {
    Object.assign(this, { page, send, box: document.getElementById("marking"), words: document.getElementById("marked-words") });
    this.transcript = document.getElementById("transcript");
    document.getElementById("marking-cancel").addEventListener("click", () => this.end());
    this.box.addEventListener("click", (event) => {
      const kind = event.target.closest("[data-entity]");
      if (kind) this.#remove(kind.dataset.entity);
    });
    addEventListener("keydown", (event) => this.on && this.#key(event), { capture: true });
    this.transcript.addEventListener("click", (event) => this.on && this.#click(event), { capture: true });
  }

  /** Begin at the words that are heard at `ms`. */
  begin(ms) {
    const turns = [...this.transcript.querySelectorAll(".turn")];
    const turn = turns.findLast((one) => Number(one.dataset.start) <= ms + 1) ?? turns[0];
    if (!turn) return;
    this.on = true;
    this.page.classList.add("marking-on");
    this.box.hidden = false;
    const at = this.#spans(turn).findLastIndex((word) => Number(word.dataset.ms ?? -1) <= ms);
    this.#pick(turn, Math.max(0, at), Math.max(0, at));
  }

  end() {
    this.on = false;
    this.page.classList.remove("marking-on");
    this.box.hidden = true;
    this.#unlight();
    document.querySelector(".ask.current")?.focus({ preventScroll: true });
  }

  #spans(turn) {
    return [...turn.querySelectorAll(".said > span:not(.who)")];
  }

  #unlight() {
    for (const word of this.transcript.querySelectorAll(".picked, .caret")) word.classList.remove("picked", "caret");
  }

  #pick(turn, from, to) {
    const spans = this.#spans(turn);
    if (!spans.length) return;
    const inside = (n) => Math.min(spans.length - 1, Math.max(0, n));
    [this.#turn, this.#from, this.#to] = [turn, inside(from), inside(to)];
    this.#unlight();
    const [first, last] = [Math.min(this.#from, this.#to), Math.max(this.#from, this.#to)];
    for (const word of spans.slice(first, last + 1)) word.classList.add("picked");
    spans[this.#to].classList.add("caret");
    spans[this.#to].scrollIntoView({ block: "nearest" });
    this.words.textContent = spans.slice(first, last + 1).map((word) => word.textContent.trim()).join(" ");
  }

  #click(event) {
    const word = event.target.closest(".said > span:not(.who)");
    if (!word) return;
    event.preventDefault();
    event.stopPropagation();
    const turn = word.closest(".turn");
    const at = this.#spans(turn).indexOf(word);
    this.#pick(turn, event.shiftKey && turn === this.#turn ? this.#from : at, at);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key === "Tab") return;
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const lines = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const kind = /^[1-9]$/.test(event.key) && this.box.querySelectorAll("[data-entity]")[event.key - 1];
    if (event.key === "Escape") this.end();
    else if (step) this.#pick(this.#turn, event.shiftKey ? this.#from : this.#to + step, this.#to + step);
    else if (lines) this.#line(lines);
    else if (kind) kind.click();
    else if (event.target.closest("button") && ["Enter", " "].includes(event.key)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  #line(by) {
    const turns = [...this.transcript.querySelectorAll(".turn")];
    const turn = turns[turns.indexOf(this.#turn) + by];
    if (turn) this.#pick(turn, by > 0 ? 0 : Infinity, by > 0 ? 0 : Infinity);
  }

  async #remove(entity) {
    const spans = this.#spans(this.#turn);
    const form = {
      turn: this.#turn.id.replace("t-", ""), of: spans.length, entity,
      first: Math.min(this.#from, this.#to), last: Math.max(this.#from, this.#to),
    };
    const answer = await this.send("/missed", form);
    if (!answer.ok) {
      this.words.textContent = answer.status === 409 ? this.box.dataset.changed : this.box.dataset.failed;
      return;
    }
    const { turns, start_ms: start } = await answer.json();
    location.replace(`${location.pathname}?removed=${turns}#m-${start}`);
    if (location.search === `?removed=${turns}`) location.reload();
  }
}
