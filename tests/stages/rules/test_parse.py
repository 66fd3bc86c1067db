"""A rule file is read strictly, and what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from qm.errors import ConfigError
from qm.stages.rules import parse_rules
from qm.stages.rules.model import Without

CONFIGS = Path(__file__).parents[3] / "configs" / "rules"

LIVE = [
    "red-flag-no-step", "supervisor-asked", "help-the-agent", "left-waiting", "needs-interpreter",
]  # fmt: skip
AFTER = [
    "possible-disclosure-before-identification", "negative-language-twice",
    "long-silence-without-notice", "vague-ending", "unanswered-distress", "repeat-and-unresolved",
]  # fmt: skip


def rule(body: str, head: str = "") -> str:
    return f"""
    schema = 1
    {head}
    [[rules]]
    name = "r"
    version = 1
    title = "R"
    when = "after"
    {body}
    """


CASE = '[[rules.cases]]\nrole = "agent"\nlabel = "greeting"\n'


def test_every_rule_file_that_ships_is_sound() -> None:
    for path in CONFIGS.glob("*.toml"):
        assert parse_rules(path.read_text()), path.name


def test_the_shipped_rules_are_the_ones_that_practice_bears() -> None:
    rules = parse_rules((CONFIGS / "default.toml").read_text())
    assert [r.name for r in rules if r.when == "live"] == LIVE
    assert [r.name for r in rules if r.when == "after"] == AFTER
    assert all(r.act and r.budget for r in rules if r.when == "live")
    assert {r.starts for r in rules} == {"silent"}
    assert [r.name for r in rules if not r.demotes] == ["red-flag-no-step"]
    assert [r.name for r in rules if not r.on_record] == ["help-the-agent"]


def test_a_named_condition_is_one_object_wherever_it_is_used() -> None:
    (found,) = parse_rules(
        rule(
            '[[rules.cases]]\nfirst = "@hello"\nwithout = "@hello"\n',
            '[conditions]\nhello = { role = "agent", label = "greeting" }',
        )
    )
    condition = found.cases[0].condition
    assert isinstance(condition, Without)
    assert condition.first is condition.step


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("schema = 1\n[[rules", "not TOML"),
        ("schema = 2", "schema: must be 1"),
        (rule(""), "rule r: cases: needs one or more"),
        (rule('lable = "x"\n' + CASE), "rule r: unknown field lable"),
        (rule(CASE + "colour = 1"), "rule r: cases[0]: unknown field colour"),
        (rule('act = ""\n' + CASE).replace('"after"', '"live"'), "rule r: act: a live alert"),
        (rule(CASE).replace("version = 1", 'version = "1"'), "rule r: version: must be a whole"),
        (rule(CASE).replace('"agent"', '"agnet"'), "rule r: cases[0]: role: must be one of"),
        (rule(CASE + 'words = "@list"'), "cases[0]: words: no list @list"),
        (rule(CASE + 'words = ["a", "... b"]'), "cases[0]: words: a phrase begins"),
        (rule('[[rules.cases]]\nfirst = "@x"\nwithout = "@x"'), "first: no condition @x"),
        (rule('[[rules.cases]]\nnonsense = "x"'), "not a condition: nonsense"),
        (rule('[[rules.cases]]\nfirst = { role = "agent" }'), "first: needs then"),
        (rule('[[rules.cases]]\nmeta = "queue"\nis = "x"'), "points to no moment"),
        (rule('[[rules.cases]]\nall = [{ not = { role = "agent" } }]'), "needs a part that is not"),
        (rule('[[rules.cases]]\nany = [{ not = { role = "agent" } }]'), "stands only inside all"),
        (rule('[[rules.cases]]\ntimes = 1\nof = { role = "agent" }'), "times: must be 2 or more"),
        (rule('[[rules.cases]]\nfact = "hold_ms"'), "needs over or under"),
        (rule('[[rules.cases]]\nmark = "hold"\nover_s = -1'), "over_s: must be seconds"),
        (
            rule(CASE, '[conditions.a]\nall = ["@b"]\n[conditions.b]\nall = ["@a"]'),
            "nested too deep",
        ),
        (rule(CASE) + rule(CASE).replace("schema = 1", ""), "more than one rule is named r"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, says: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        parse_rules(text)
    assert says in str(wrong.value)
