"""The writer's own words are kept apart from what they quote; signature blocks are dropped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.stages.messages import split

LETTERS = {
    "no more than words": ("Hello,\ncan you help?", "Hello,\ncan you help?", ""),
    "history below": ("Yes.\n\nOn Mon, Kim <k@x.org> wrote:\n> Sure?\n> Kim",
                      "Yes.", "Sure?\nKim"),
    "history below, unmarked": ("Yes.\nOn Monday Kim wrote:\nSure?", "Yes.", "Sure?"),
    "an introduction in two lines": ("Yes.\nOn Monday, March 2, Kim <k@x.org>\nwrote:\n> Sure?",
                                     "Yes.", "Sure?"),
    "answers between": ("On Monday Kim wrote:\n> First?\nYes.\n> Second?\nNo.",
                        "Yes.\nNo.", "First?\nSecond?"),
    "a head of lines": ("Yes.\nFrom: Kim\nSent: Monday\nTo: Jo\nSubject: Bill\n\nSure?",
                        "Yes.", "Subject: Bill\n\nSure?"),
    "a forwarded letter": ("Below.\n---------- Forwarded message ---------\nFrom: Plan\nDenied.",
                           "Below.", "Denied."),
    "in Spanish": ("Sí.\nEl lun, 2 mar 2026, Ana escribió:\n> ¿Seguro?", "Sí.", "¿Seguro?"),
    "a signature after dashes": ("Hello\n--\nKim Lee\n555-0100", "Hello", ""),
    "a signature after a closing": ("Please call.\n\nRegards,\nKim Lee\nBilling\n555-0100",
                                    "Please call.\n\nRegards,\nKim Lee", ""),
    "a phone's advertisement": ("ok thanks\n\nSent from my iPhone", "ok thanks", ""),
    "small print": ("Fine.\nCONFIDENTIALITY NOTICE: this message\nis for Kim Lee", "Fine.", ""),
    "thanks in the middle": ("Thanks,\nthat helped me a lot and I was glad to hear from you, but "
                             "now there is another letter that I do not understand at all.",
                             "Thanks,\nthat helped me a lot and I was glad to hear from you, but "
                             "now there is another letter that I do not understand at all.", ""),
}  # fmt: skip


@pytest.mark.parametrize(("text", "own", "quoted"), LETTERS.values(), ids=LETTERS)
def test_a_letter_is_taken_apart(text: str, own: str, quoted: str) -> None:
    parts = split(text, letter=True)
    assert (parts.own, parts.quoted) == (own, quoted)


def test_whether_something_was_dropped_is_known() -> None:
    assert split("Hello\n-- \nKim", letter=True).signed
    assert not split("Hello\nBest,\nKim", letter=True).signed


def test_a_short_message_quotes_nothing_and_is_not_signed() -> None:
    text = "> look\nOn Monday Kim wrote:\nBest,\nKim\n555-0100"
    assert split(text, letter=False).own == text
    assert split("ok\nSent from my iPhone", letter=False).own == "ok"


@given(st.text(alphabet=st.sampled_from("ab >\n:-,On wrote")), st.booleans())
def test_every_line_is_one_of_the_message(text: str, letter: bool) -> None:
    parts = split(text, letter=letter)
    lines = "".join(text.split())
    for line in (*parts.own.splitlines(), *parts.quoted.splitlines()):
        assert "".join(line.split()) in lines
