// Keys that act on a page must not act while somebody types.

/** Return whether a key belongs to a field or to the browser. */
export function typing(event) {
  const field = event.target.closest?.("textarea, select, input:not([type=radio]):not([type=checkbox]):not([type=range])");
  return Boolean(field) || event.ctrlKey || event.metaKey || event.altKey;
}
