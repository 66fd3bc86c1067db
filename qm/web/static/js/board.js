// The live board: rows change in place, sort themselves when nobody points at them.

import { element, stream } from "./live.js";

const board = document.getElementById("board");
const empty = document.getElementById("board-empty");
let stale = false; // the order is not the one wanted

const busy = () => board.matches(":hover") || board.contains(document.activeElement);

function put(row) {
  const old = document.getElementById(row.id);
  if (old) {
    const focused = old.contains(document.activeElement);
    const needed = old.dataset.need;
    old.replaceWith(row);
    if (focused) row.querySelector("a.cover").focus();
    if (needed !== row.dataset.need) row.classList.add("changed");
  } else {
    board.append(row);
    row.classList.add("changed");
  }
}

function sort() {
  stale = false;
  const rows = [...board.rows];
  const wanted = rows.toSorted((a, b) => a.dataset.rank.localeCompare(b.dataset.rank));
  wanted.forEach((row, i) => {
    if (board.rows[i] !== row) board.insertBefore(row, board.rows[i]);
  });
}

function settle() {
  empty.hidden = board.rows.length > 0;
  if (busy()) stale = true;
  else sort();
}

stream.addEventListener("row", ({ detail }) => {
  const table = document.createElement("table"); // a row is parsed only inside a table
  table.innerHTML = detail.html;
  put(table.rows[0]);
  settle();
});
stream.addEventListener("gone", ({ detail }) => {
  document.getElementById(`row-${detail.id}`)?.remove();
  settle();
});
stream.addEventListener("figures", ({ detail }) => {
  document.getElementById("figures").replaceWith(element(detail.html));
});
stream.addEventListener("reset", ({ detail }) => {
  if (detail.topic.startsWith("board")) board.dispatchEvent(new Event("qm:reset"));
});
for (const kind of ["pointerleave", "focusout"]) {
  board.addEventListener(kind, () => requestAnimationFrame(() => stale && !busy() && sort()));
}
