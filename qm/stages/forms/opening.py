"""Opening and identity: questions 1 to 4 of the default form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from qm.stages.forms.judged import Judged, answered, cannot_tell, look, not_applicable
from qm.stages.forms.said import Said, entities, names
from qm.types import RedactedTurn, Role

FIRST_TURNS = 2
"""An opening is in the agent's first two turns: a caller may say hello in between."""

CUT_START_MS = 150
"""Speech that begins earlier was going on when the recording began."""

IDENTIFIERS = 2
"""Kinds of identifier that make a person identified, unless the form says otherwise."""

_NAMED = re.compile(
    r"my name is|name's|\w+ speaking|mi nombre es|me llamo|le habla|le atiende|le saluda", re.I
)
_PLACED = re.compile(
    r"for calling|(?:you've|you have) reached|(?:calling|call) from|gracias por llamar|llamo de"
    r"|clinic|hospital|health|medical|pharmac|dental|cent(?:er|re)\b|\bcare\b|department|office"
    r"|billing|schedul|\bline\b|desk|service|\bplan\b|insurance|ology\b|pediatric|\blab|imaging"
    r"|records|practice|physicians|associates|surgery|therapy|hospice|support|customer|member"
    r"|clínica|salud|farmacia|consultorio|centro|departamento|seguro",
    re.I,
)
_CAPITAL = re.compile(r"(?<=[a-z,] )(?!I\b|I')[A-ZÁÉÍÓÚÑ][a-záéíóúñ]+")
"""A name of a place or a brand in the middle of a sentence; placeholders are in brackets."""
_OFFERED = re.compile(
    r"help|assist|do for you|what can i|how (?:can|may)|calling (?:about|to|because|regarding)"
    r"|ayud|servir|puedo hacer|llamo (?:para|por|sobre)",
    re.I,
)


def opening(said: Said, settings: Mapping[str, object]) -> Judged:
    """Answer whether the agent said where the caller is and their own name, and offered help."""
    if said.view.meta.authenticated == "earlier_leg":
        return not_applicable("an earlier leg opened the call")
    first = tuple(t for t in said.turns if t.role == Role.AGENT)[:FIRST_TURNS]
    if not first:
        return cannot_tell("no turn of the agent was heard")
    if said.view.meta.medium == "voice" and first[0].start_ms < CUT_START_MS:
        return cannot_tell("the recording begins in the middle of the opening", first)
    if any(t.role == Role.UNKNOWN for t in said.turns if t.start_ms <= first[-1].start_ms):
        return cannot_tell("who spoke first is not sure", first)
    if any(said.doubtful(t) for t in first):
        return cannot_tell("the opening was not heard well", first)
    wanted = names(settings, "parts", ("name", "place", "offer"))
    there_are = {
        "name": any("NAME" in entities(t) or _NAMED.search(t.text) for t in first),
        "place": any(_placed(t) for t in first),
        "offer": any(_OFFERED.search(t.text) for t in first),
    }
    parts = {name: found for name, found in there_are.items() if name in wanted}
    there = sum(map(bool, parts.values()))
    missing = ", ".join(p for p, found in parts.items() if not found)
    if there == len(parts):
        return answered("yes", f"{', '.join(parts)} in the first two turns", first)
    greeted = [said.has(t, "greeting") for t in first]
    if (there and there == len(parts) - 1) or (there and "yes" in greeted):
        return answered("part", f"not found in the first two turns: {missing}", first)
    if "unsure" in greeted or "yes" in greeted:
        return cannot_tell("a greeting, but its parts were not recognised", first)
    return answered("no", f"not found in the first two turns: {missing}", first)


def _placed(turn: RedactedTurn) -> bool:
    found = entities(turn) & {"LOCATION", "EMPLOYER"}
    return bool(found or _PLACED.search(turn.text) or _CAPITAL.search(turn.text))


# ----------------------------------------------------------------------------------- identity

IDENTIFIER_KINDS: Mapping[str, str] = {
    "NAME": "name", "DATE": "birth date", "LOCATION": "address", "PHONE": "phone",
    "EMAIL": "email", "MRN": "number", "HEALTH_PLAN_ID": "number", "ACCOUNT": "number",
    "SSN": "number", "OTHER_ID": "number",
}  # fmt: skip
"""What the redactor found -> kind of identifier; every number on file is one kind."""

_UNASKED = re.compile(
    r"\bmy name|this is|\bi'm\b|\bi am\b|born|birth|member (?:id|number)|me llamo|soy\b|nac[ií]",
    re.I,
)
"""Marks identifiers that a caller gives unasked: others may be somebody else's."""


def identity(said: Said, settings: Mapping[str, object]) -> Judged:
    """Answer whether enough identifiers were asked openly and given before the first disclosure."""
    if said.view.meta.authenticated:
        return not_applicable("signed in or identified before this leg")
    cuts = _first_disclosures(said)
    options = [_identified(said, cut, settings) for cut in cuts]
    if len({(j.state, j.option) for j in options}) > 1:
        unsure = [t for t in cuts if t is not None]
        return cannot_tell("whether or where something was disclosed is not sure", unsure)
    return options[0]


def _required(settings: Mapping[str, object]) -> int:
    return int(str(settings.get("identifiers", IDENTIFIERS)))


def _kinds(settings: Mapping[str, object]) -> Mapping[str, str]:
    """Return the kinds of identifier that count; text channels leave out where one writes from."""
    left_out = names(settings, "not_counted")
    return {e: k for e, k in IDENTIFIER_KINDS.items() if k not in left_out}


def _first_disclosures(said: Said) -> list[RedactedTurn | None]:
    """Return the first sure disclosure, and before it one that may be one; None: there is none."""
    sure = next((t for t in said.agent if said.has(t, "disclosure") == "yes"), None)
    unsure = next((t for t in said.agent if said.has(t, "disclosure") == "unsure"), None)
    if unsure is None or (sure is not None and unsure.start_ms > sure.start_ms):
        return [sure]
    return [sure, unsure]


def _identified(said: Said, cut: RedactedTurn | None, settings: Mapping[str, object]) -> Judged:
    required = _required(settings)
    until_ms = said.view.clock_ms if cut is None else cut.start_ms
    asked = [
        t for t in said.agent if t.start_ms < until_ms and said.has(t, "verification") == "yes"
    ]
    openly, fed, answers = _given(said, asked, until_ms, _kinds(settings))
    count = len(openly | fed)
    shown = [*asked, *answers, *([cut] if cut else [])]
    when = "before the first disclosure" if cut else "on the call; nothing was disclosed"
    if len(openly) >= required:
        return answered("yes", f"{len(openly)} kinds of identifier given {when}", shown)
    if reason := _identity_doubt(said, asked, until_ms):
        return cannot_tell(reason, shown)
    if count >= required:
        return answered("part", "an identifier was read out for the caller to confirm", shown)
    if cut is None and not count:
        if not asked:
            return not_applicable("nothing was disclosed and nobody was asked")
        return cannot_tell("asked, but no identifier was heard", shown)
    if cut is None:
        return answered("part", f"{count} of {required} identifiers, and nothing disclosed", shown)
    outcome = said.view.outcome
    if outcome and outcome.identity.value not in ("disclosed_before_verified", "no_disclosure"):
        return cannot_tell("the whole call's verdict on identity is different", shown)
    return answered("no", f"{count} of {required} kinds of identifier given {when}", shown)


def _given(
    said: Said, asked: Sequence[RedactedTurn], until_ms: int, counted: Mapping[str, str]
) -> tuple[set[str], set[str], list[RedactedTurn]]:
    """Return kinds of identifier given openly, those only confirmed, and the customer's turns."""
    openly: set[str] = set()
    fed: set[str] = set()
    answers: list[RedactedTurn] = []
    read_out: set[str] = set()
    questions = {t.index for t in asked}
    was_asked = False
    for turn in said.turns:
        if turn.start_ms >= until_ms:
            break
        kinds = {counted[e] for e in entities(turn) if e in counted}
        if turn.index in questions:
            was_asked = True
            read_out = kinds - openly - {"name"}  # "Mister [NAME]" is an address, not a question
        elif turn.role == Role.CUSTOMER:
            if kinds and (was_asked or _UNASKED.search(turn.text)):
                openly |= kinds - read_out
                answers.append(turn)
            if read_out and turn.text:
                fed |= read_out
                read_out = set()
    return openly, fed - openly, answers


def _identity_doubt(said: Said, asked: Iterable[RedactedTurn], until_ms: int) -> str:
    """Return why the absence of an identifier says nothing; "" where it does."""
    before = [t for t in said.turns if t.start_ms < until_ms]
    if said.interpreted:
        return "through an interpreter"
    if any(t.role == Role.UNKNOWN for t in before):
        return "who spoke is not sure"
    if said.unheard(0, until_ms):
        return "audio is missing before the first disclosure"
    if any(said.doubtful(t) for t in before):
        return "a turn before the first disclosure was not heard well"
    for question in asked:
        later = (t for t in said.customer if t.start_ms > question.start_ms)
        answer = next(later, None)
        if (
            answer
            and answer.start_ms < until_ms
            and answer.text.count(" ")
            and not entities(answer)
        ):
            return "an answer to an identity question holds no identifier that was recognised"
    return ""


def right_person(said: Said, settings: Mapping[str, object]) -> Judged:
    """Propose a look at the first disclosure where too few identifiers had been given by then."""
    disclosed = said.having(said.agent, "disclosure")
    if not disclosed:
        if any(said.has(t, "disclosure") == "unsure" for t in said.agent):
            return look("whether something was disclosed is not sure")
        return not_applicable("no disclosure was heard")
    first = disclosed[0]
    if said.view.meta.authenticated:
        return look("signed in or identified before this leg", [first])
    required = _required(settings)
    asked = [t for t in said.having(said.agent, "verification") if t.start_ms < first.start_ms]
    openly, fed, answers = _given(said, asked, first.start_ms, _kinds(settings))
    kinds = ", ".join(sorted(openly | fed)) or "none"
    why = f"first disclosure; kinds of identifier given by then: {kinds}"
    doubt = _identity_doubt(said, asked, first.start_ms)
    short = len(openly | fed) < required and not doubt
    return look(why, [*answers, first], proposed=short)


_RELATION = re.compile(
    r"\bmy (?:mom|mother|dad|father|son|daughter|wife|husband|partner|sister|brother|aunt|uncle"
    r"|grand\w+|baby|kid|child|children|client|patient|neighbor|friend)\b|on behalf of"
    r"|calling for (?:my|him|her|a)|caregiver|power of attorney|doctor's office"
    r"|\bmi (?:mamá|madre|papá|padre|hij[oa]|espos[oa]|marido|mujer|herman[oa]|abuel[oa]|bebé)\b"
    r"|de parte de",
    re.I,
)
_PERMISSION = re.compile(
    r"permission|authoriz|on file|release|hipaa|proxy|consent|relation|are you (?:the|his|her|a)"
    r"|(?:speak|talk) (?:with|to) (?:him|her|them)|is (?:he|she) (?:there|with you)|and you are"
    r"|permiso|autoriza|parentesco|quién es usted",
    re.I,
)


def third_party(said: Said, settings: Mapping[str, object]) -> Judged:
    """Point to where a caller speaks for somebody else; authority is in the chart, not here."""
    if not any(said.has(t, "disclosure") != "no" for t in said.agent):
        return not_applicable("nothing was disclosed")
    related = [t for t in said.customer if _RELATION.search(t.text)]
    if not related:
        return not_applicable("no sign that the caller is not the patient")
    asked = [t for t in said.agent if _PERMISSION.search(t.text)]
    return cannot_tell("whether authority is on file is in the chart", [*related[:2], *asked[:2]])
