"""
HTML of an e-mail -> its text, line by line.

What is shown is kept: words, table cells, the target of a link behind its words (it may hold an
identifier, so the redactor must see it), the words that stand for a picture.  What is not shown is
dropped: scripts, styles, comments, hidden previews, all other attributes.  Quoted blocks become
lines that begin with ``>``, as in plain text.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_DROPPED = frozenset(["script", "style", "head", "title", "template", "noscript", "object", "svg"])
_TABLES = ("table", "tbody", "thead", "tr", "caption", "fieldset", "form")
_HEADS = ("h1", "h2", "h3", "h4", "h5", "h6", "header", "footer", "section", "article", "address")
_LISTS = ("ul", "ol", "li", "dl", "dt", "dd")
_BLOCKS = frozenset(
    [*_TABLES, *_HEADS, *_LISTS, "p", "div", "br", "hr", "pre", "center", "blockquote"]
)
_CELLS = frozenset(["td", "th"])
_VOID = frozenset(["br", "hr", "img", "input", "meta", "link", "wbr", "col", "area", "base"])
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0", re.I)
_QUOTE = re.compile(r"\b(gmail_quote|yahoo_quoted|moz-cite|quoted?)\b|appendonsend|divRplyFwdMsg")
_SPACES = re.compile(r"[^\S\n]+")
_TAG = re.compile(r"<[^>]*>")
_SCHEME = re.compile(r"^(?:mailto|tel|sms):", re.I)


def html_to_text(html: str) -> str:
    r"""
    Return the text of ``html``.

    >>> html_to_text("<p>Hi,<br>see <a href='https://x.example/r?id=9'>the  bill</a></p><p>Jo</p>")
    'Hi,\nsee the bill https://x.example/r?id=9\nJo'
    >>> html_to_text("new<blockquote><p>old</p><p>words</p></blockquote>")
    'new\n> old\n> words'
    """
    reader = _Reader()
    try:
        reader.feed(html)
        reader.close()
    except AssertionError:  # how the parser refuses a declaration that it does not know
        return "\n".join(_TAG.sub(" ", html).split("\n"))
    return reader.text()


class _Reader(HTMLParser):
    """Collects text; a stack of open elements says what is hidden and what is quoted."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = [""]
        self._open: list[tuple[str, str, str]] = []  # tag, "hidden" | "quote" | "", href

    def text(self) -> str:
        """Return what was read: trimmed lines, none of them empty."""
        while self._open:  # a link that was never closed still has a target
            self._close(*self._open.pop())
        lines = (_SPACES.sub(" ", line).strip(" |") for line in self._lines)
        return "\n".join(line for line in lines if line.strip("> "))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _CELLS:
            self._add(" | ")
        if tag == "img" and given.get("alt", "").strip():
            self._add(f" (image: {given['alt']}) ")
        if tag in _VOID:
            if tag in _BLOCKS:
                self._break()
            return
        kind = ""
        if tag in _DROPPED or _HIDDEN.search(given.get("style", "")) or "hidden" in given:
            kind = "hidden"
        elif tag == "blockquote" or _QUOTE.search(
            f"{given.get('class', '')} {given.get('id', '')}"
        ):
            kind = "quote"
        if tag in _BLOCKS or kind == "quote":
            self._break()
        self._open.append((tag, kind, given.get("href", "") if tag == "a" else ""))
        if kind == "quote":
            self._break()

    def handle_endtag(self, tag: str) -> None:
        names = [name for name, _, _ in self._open]
        if tag not in names:
            return
        while self._open:  # what was left open inside ends here too
            found = self._open.pop()
            self._close(*found)
            if found[0] == tag:
                return

    def handle_data(self, data: str) -> None:
        if any(name == "pre" for name, _, _ in self._open):
            for number, line in enumerate(data.split("\n")):
                if number:
                    self._break()
                self._add(line)
        else:
            self._add(data.replace("\n", " ").replace("\r", " "))

    def _close(self, tag: str, kind: str, href: str) -> None:
        target = _SCHEME.sub("", href).strip()
        if target and not target.startswith(("#", "javascript:")) and target not in self._lines[-1]:
            self._add(f" {target} ")
        if tag in _BLOCKS or kind == "quote":
            self._break()

    def _add(self, text: str) -> None:
        if not any(kind == "hidden" for _, kind, _ in self._open):
            self._lines[-1] += text

    def _break(self) -> None:
        self._lines.append("> " if any(kind == "quote" for _, kind, _ in self._open) else "")
