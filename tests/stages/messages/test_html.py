"""HTML becomes the text that a reader sees; nothing that is not shown gets in, nothing crashes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.stages.messages import html_to_text

SHOWN = {
    "paragraphs and breaks": ("<p>Dear all,<br>hello</p><p>Bye</p>", "Dear all,\nhello\nBye"),
    "inline marks": ("an <b>urgent</b> <i>matter</i>", "an urgent matter"),
    "entities": ("Tom &amp; Mar&iacute;a&#33;&nbsp;ok", "Tom & María! ok"),
    "a table": (
        "<table><tr><td>Test</td><td>Value</td></tr><tr><td>Iron</td><td>9</td></tr></table>",
        "Test | Value\nIron | 9",
    ),
    "a list": ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
    "a link's target": (
        '<a href="https://t.example/c?u=kowalski">Open</a> it',
        "Open https://t.example/c?u=kowalski it",
    ),
    "a link that is its own target": ('<a href="mailto:a@b.org">a@b.org</a>', "a@b.org"),
    "a link never closed": ('<a href="tel:+15550100">call', "call +15550100"),
    "the words of a picture": ('<img alt="Kim\'s scan" src="x.png">', "(image: Kim's scan)"),
    "a quotation": ("new<blockquote>old<br>er</blockquote>", "new\n> old\n> er"),
    "a quotation by its class": ('a<div class="gmail_quote"><p>b</p></div>c', "a\n> b\nc"),
    "lines of a listing": ("<pre>a\nb</pre>", "a\nb"),
    "markup in pieces": ("<p>left <b>open", "left open"),
}
HIDDEN = (
    "<style>p {color: red}</style>",
    "<script>kowalski()</script>",
    "<!-- kowalski -->",
    "<title>kowalski</title>",
    '<div style="display:none">kowalski</div>',
    '<span hidden="">kowalski</span>',
    '<img src="https://t.example/p.gif?u=kowalski" width=1>',
    '<p title="kowalski" data-id="kowalski"></p>',
)


@pytest.mark.parametrize(("html", "text"), SHOWN.values(), ids=SHOWN)
def test_what_is_shown_is_kept(html: str, text: str) -> None:
    assert html_to_text(html) == text


@pytest.mark.parametrize("html", HIDDEN)
def test_what_is_not_shown_is_dropped(html: str) -> None:
    assert html_to_text(f"<p>before</p>{html}<p>after</p>") == "before\nafter"


@pytest.mark.parametrize("html", ["<![kowalski[", "<!kowalski <p>x</p>", "<", "</", "&#xffffffff;"])
def test_broken_markup_is_still_read(html: str) -> None:
    html_to_text(html)


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert "<script" not in html_to_text(f"<p>{text}</p>") or "<script" in text
