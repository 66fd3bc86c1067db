// One live connection that mends itself: reconnects, asks again for what was missed.

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;
const SILENT_MS = 6000; // the server says something every 2 s
const SIGNED_OFF = 4401; // close code: the session is over, do not come back

export class Stream {
  #socket = null;
  #topics = new Map(); // topic -> last seq known when it was asked for
  #seq = 0;
  #wait = FIRST_WAIT_MS;
  #heardAt = 0;
  #timer = null;

  /**
   * @param {string} url
   * @param {(message: object) => void} onMessage
   * @param {(state: "live" | "lost" | "signed_off", since: number) => void} onState
   */
  constructor(url, onMessage, onState) {
    this.url = url;
    this.onMessage = onMessage;
    this.onState = onState;
    this.#open();
    setInterval(() => this.#check(), 1000);
  }

  /** Ask for topics, and for what happened to them after `since`. */
  watch(topics, since) {
    const fresh = topics.filter((topic) => !this.#topics.has(topic));
    for (const topic of fresh) this.#topics.set(topic, since);
    if (topics.length) this.send({ watch: topics, since });
  }

  /** Ask for these topics no more. */
  drop(topics) {
    for (const topic of topics) this.#topics.delete(topic);
    if (topics.length) this.send({ drop: topics });
  }

  send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** Come back at once, after signing in again. */
  wake() {
    if (this.#socket || this.#timer) return;
    this.#open();
  }

  #open() {
    this.#timer = null;
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    socket.onopen = () => {
      this.#wait = FIRST_WAIT_MS;
      this.#heard();
      for (const [since, topics] of this.#bySince()) this.send({ watch: topics, since });
    };
    socket.onmessage = (event) => {
      this.#heard();
      for (const message of JSON.parse(event.data)) {
        if (message.seq) this.#seq = Math.max(this.#seq, message.seq);
        this.onMessage(message);
      }
    };
    socket.onclose = (event) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      if (event.code === SIGNED_OFF) {
        this.onState("signed_off", this.#heardAt);
        return;
      }
      this.onState("lost", this.#heardAt);
      this.#timer = setTimeout(() => this.#open(), this.#wait * (0.75 + Math.random() / 2));
      this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
    };
  }

  #bySince() {
    const groups = new Map();
    for (const [topic, since] of this.#topics) {
      const from = Math.max(since, this.#seq);
      groups.set(from, [...(groups.get(from) ?? []), topic]);
    }
    return groups;
  }

  #heard() {
    this.#heardAt = Date.now();
    this.onState("live", this.#heardAt);
  }

  #check() {
    if (this.#socket && this.#heardAt && Date.now() - this.#heardAt > SILENT_MS) {
      this.onState("lost", this.#heardAt);
      if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(); // half-open line
    }
  }
}
