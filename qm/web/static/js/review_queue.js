// N takes the next review, from the queue and from the page of one that is submitted.

import { typing } from "./keys.js";

addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "n" || typing(event)) return;
  const next = document.getElementById("take-next");
  if (!next) return;
  event.preventDefault();
  next.click();
});
