// Volume of each side of a two-channel call.

export class Mixer {
  #gains = null;

  /** @param {HTMLAudioElement} audio */
  constructor(audio) {
    this.audio = audio;
  }

  /** Set the loudness of one channel, 0 to 1. */
  set(channel, loudness) {
    this.#gains ??= this.#build(); // only then: an audio graph may start after a gesture alone
    this.#gains[channel].gain.value = loudness;
  }

  #build() {
    const context = new AudioContext();
    const split = context.createChannelSplitter(2);
    const merge = context.createChannelMerger(2);
    context.createMediaElementSource(this.audio).connect(split);
    const gains = [0, 1].map((channel) => {
      const gain = context.createGain();
      split.connect(gain, channel);
      for (const ear of [0, 1]) gain.connect(merge, 0, ear); // each side in both ears
      return gain;
    });
    merge.connect(context.destination);
    this.audio.addEventListener("play", () => context.resume());
    context.resume();
    return gains;
  }
}
