// The two mirrored waveforms: agent above, caller below, from peaks that the server has ready.

import WaveSurfer from "../vendor/wavesurfer.esm.js";

export const HEIGHT = 96; // px; also in qm.css, and in the style hash of qm/web/security.py

/** Draw the outline of a call's recording into `box` and tie it to `audio`. */
export async function drawOutline(box, audio, callId) {
  const answer = await fetch(`/calls/${callId}/peaks`);
  if (!answer.ok) return;
  const { channels, duration_ms: duration } = await answer.json();
  if (!channels.length) return;
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => resolve(box, style.getPropertyValue(name));
  const surfer = WaveSurfer.create({
    container: box,
    media: audio,
    peaks: channels,
    duration: duration / 1000,
    height: HEIGHT,
    waveColor: colour("--agent"),
    progressColor: colour("--agent"),
    cursorColor: colour("--text"),
    cursorWidth: 2,
    dragToSeek: true,
    normalize: false,
    renderFunction: (peaks, context) => mirror(peaks, context, colour("--agent"), colour("--customer")),
  });
  const redraw = () => surfer.setOptions({ cursorColor: colour("--text") });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
}

/** A canvas does not know light-dark(): let the browser work the colour out. */
function resolve(box, value) {
  box.style.color = value;
  const worked = getComputedStyle(box).color;
  box.style.color = "";
  return worked;
}

function mirror(peaks, context, above, below) {
  const { width, height } = context.canvas;
  const middle = height / 2;
  const step = Math.max(2, Math.round(devicePixelRatio * 2));
  const half = (values, colour, sign) => {
    context.fillStyle = colour;
    for (let x = 0; x < width; x += step) {
      const from = Math.floor((x / width) * values.length);
      const to = Math.max(from + 1, Math.floor(((x + step) / width) * values.length));
      let peak = 0;
      for (let i = from; i < to; i += 1) peak = Math.max(peak, Math.abs(values[i]));
      const tall = Math.max(1, Math.sqrt(peak) * (middle - 2)); // the ear's scale is not the eye's
      context.fillRect(x, sign > 0 ? middle - tall : middle + 1, step - 1, tall);
    }
  };
  half(peaks[0], above, 1);
  half(peaks[1] ?? peaks[0], below, -1);
}
