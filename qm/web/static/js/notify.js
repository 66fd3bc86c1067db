// Desktop notifications of alerts: rule and severity, never words.  Asked for by a click, kept in
// this browser alone.

import { stream } from "./live.js";

const KEY = "qm-notify";
const able = "Notification" in window;
const button = document.getElementById("notify");
const denied = document.getElementById("notify-denied");

/** Whether the person asked for notifications here and the browser still allows them. */
export function wantsNotices() {
  return able && Notification.permission === "granted" && localStorage.getItem(KEY) === "on";
}

stream.addEventListener("notify", ({ detail }) => {
  if (!wantsNotices()) return;
  // the tag makes one notice of what several tabs are told, and a new one when it is handed on
  const tag = `${detail.id}-${detail.asked}`;
  const notice = new Notification(detail.title, { body: detail.severity, tag, icon: "/static/icon.svg" });
  notice.onclick = () => {
    window.focus();
    location.assign(`/alerts#alert-${detail.id}`);
    notice.close();
  };
});

function show() {
  if (!button) return;
  const on = wantsNotices();
  button.hidden = !able;
  button.setAttribute("aria-pressed", String(on));
  button.querySelector("span").textContent = on ? button.dataset.off : button.dataset.on;
}

async function change() {
  if (wantsNotices()) {
    localStorage.setItem(KEY, "off");
  } else if ((await Notification.requestPermission()) === "granted") {
    localStorage.setItem(KEY, "on");
    location.reload(); // what a page listens to is said when it opens
    return;
  } else {
    denied.hidden = false;
  }
  show();
}

button?.addEventListener("click", change);
show();
