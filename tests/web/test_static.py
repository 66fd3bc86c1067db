"""What browsers load: contrasts that can be read, known files of others, nothing from elsewhere."""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files

import pytest

STATIC = files("qm.web").joinpath("static")
TOKENS = STATIC.joinpath("tokens.css").read_text()
COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--([a-z-]+): light-dark\((#[0-9a-f]{6,8}), (#[0-9a-f]{6,8})\)", TOKENS
    )
}
TEXT, MARK = 4.5, 3.0  # WCAG 2.2, 1.4.3 and 1.4.11

READ = [
    ("text", on) for on in ("surface", "raised", "sunken", "accent-soft", "look-soft", "act-soft",
                            "met-soft")
] + [
    ("muted", "surface"), ("muted", "raised"), ("muted", "sunken"), ("muted", "accent-soft"),
    ("accent", "surface"), ("accent", "raised"), ("accent", "accent-soft"),
    ("on-accent", "accent"), ("act", "raised"), ("act", "surface"), ("act", "act-soft"),
    ("on-act", "act"), ("look", "raised"), ("look", "look-soft"), ("met", "raised"),
    ("met", "met-soft"), ("agent", "raised"), ("customer", "raised"), ("interpreter", "raised"),
    ("agent", "accent-soft"), ("customer", "accent-soft"), ("on-redacted", "redacted"),
    ("agent", "surface"), ("customer", "surface"),
]  # fmt: skip
SEEN = [
    ("line-strong", "raised"), ("line-strong", "surface"), ("line-strong", "sunken"),
    ("agent", "sunken"), ("customer", "sunken"), ("interpreter", "sunken"), ("act", "sunken"),
    ("look", "sunken"), ("met", "sunken"), ("on-redacted", "sunken"), ("accent", "sunken"),
    ("met", "surface"),
]  # fmt: skip


def luminance(colour: str) -> float:
    def channel(part: str) -> float:
        value = int(part, 16) / 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (channel(colour[i : i + 2]) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("front", "back", "least"),
    [(*pair, TEXT) for pair in READ] + [(*pair, MARK) for pair in SEEN],
)
def test_colours_can_be_told_apart(front: str, back: str, least: float, theme: int) -> None:
    assert contrast(COLOURS[front][theme], COLOURS[back][theme]) >= least


def test_every_colour_is_a_token() -> None:
    sheet = STATIC.joinpath("qm.css").read_text()
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?![-\w])", sheet.replace("#000 16px", ""))
    named = set(re.findall(r"var\(--([a-z-]+)\)", sheet))
    known = set(re.findall(r"--([a-z-]+):", TOKENS))
    assert named <= known and named


def test_files_of_others_are_the_ones_we_know() -> None:
    vendor = STATIC.joinpath("vendor")
    table = vendor.joinpath("README.md").read_text()
    listed = dict(re.findall(r"\| `([\w.]+)` \|.*\| `([0-9a-f]{64})` \|", table))
    there = {p.name for p in vendor.iterdir()} - {"README.md"}
    assert there == set(listed)
    for name, known in listed.items():
        assert hashlib.sha256(vendor.joinpath(name).read_bytes()).hexdigest() == known


def test_nothing_of_ours_names_another_host() -> None:
    for folder in ("", "js"):
        for path in STATIC.joinpath(folder).iterdir():
            if path.is_file():
                found = re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", path.read_text())
                assert set(found) <= {"http://www.w3.org"}, path.name
    for path in files("qm.web").joinpath("templates").iterdir():
        assert "://" not in path.read_text(), path.name


def test_templates_hold_no_script_and_no_style() -> None:
    for path in files("qm.web").joinpath("templates").iterdir():
        text = path.read_text()
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), path.name
        assert not re.search(r"\bstyle=|<style|\son[a-z]+=|hx-on|javascript:|\bjs:", text), (
            path.name
        )
        assert "| safe" not in text and "|safe" not in text, path.name


def test_every_icon_that_is_asked_for_is_in_the_sprite() -> None:
    known = set(re.findall(r'<symbol id="([a-z]+)"', STATIC.joinpath("icons.svg").read_text()))
    asked: set[str] = set()
    for path in files("qm.web").joinpath("templates").iterdir():
        asked |= set(re.findall(r"""\bicon\(["']([a-z]+)["']""", path.read_text()))
    assert asked <= known


def test_pages_stay_small() -> None:
    ours = sum(len(p.read_bytes()) for p in STATIC.joinpath("js").iterdir())
    sheets = sum(len(STATIC.joinpath(n).read_bytes()) for n in ("qm.css", "tokens.css"))
    assert sheets < 26_000 and ours < 100_000  # of all pages; one loads a third of it at most
    assert all(len(p.read_text().splitlines()) < 300 for p in STATIC.joinpath("js").iterdir())
