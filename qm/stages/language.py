"""
Written text -> the language it is in, as far as its small words and its letters tell.

A chat or an e-mail says its language within a sentence or two, because every language has small
words that the others lack; other scripts say it at once.  Enough to withhold what the redactor was
never checked on, which is what it is for: no claim is made between languages that are both unknown
here.  Names, numbers and brand words count for nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

SMALL_WORDS = {
    "en": "the a an and or but is are was were be been to of in on at for with from by my your our "
    "their his her i you he she we they it this that these what when where how not no yes do does "
    "did have has had can could will would if so just please thanks hi hello me there get got "
    "i'm i've it's don't can't im dont cant u ur pls thx ok am any who out up as",
    "es": "el la los las un una y o pero es son era fue ser ha he de en con por para del al mi su "
    "nuestra yo usted ustedes ella nosotros ellos lo le les me se que cuando donde como no si "
    "hace tiene tengo puede puedo hay muy ya gracias hola este esta esto eso mas porque tambien "
    "favor quiero necesito buenos buenas dias tardes estoy estaba aqui desde hasta sin sobre nos",
    "fr": "le les des une et ou mais est sont etait je tu il elle nous vous ils dans avec pour sur "
    "mon ma mes votre ce cette que qui quand comment pas ne oui bonjour merci plait suis avez du "
    "c'est j'ai aussi tres rendez",
    "pt": "os as um uma e ou mas sao era foi ser de em com por para do da dos das no na meu minha "
    "voce eu ele nao sim que quando onde como tem tenho posso muito obrigado obrigada ola bom dia "
    "isso este esta mais porque tambem estou preciso gostaria",
    "de": "der die das ein eine und oder aber ist sind war ich du er sie wir ihr nicht mit fur von "
    "zu auf im den dem mein meine bitte danke hallo kann habe hat wann wie wo auch noch nur einen",
    "it": "il lo gli un una e o ma sono era di in con per del della mio mia io lei noi non si che "
    "quando dove come ho ha posso molto grazie ciao buongiorno questo questa anche vorrei perche",
    "ht": "mwen ou li nou yo se te gen pa ak nan pou ki sa kote kijan mesi bonjou tanpri vle kapab "
    "dokte randevou bezwen fe konsa men poko lopital",
    "vi": "toi ban la va cua co khong duoc cho voi nay mot cac nhung xin cam on bac si lich hen",
    "tl": "ang ng sa mga ako ikaw siya kami tayo sila ko mo niya opo hindi oo ay na at para "
    "kung kailan saan paano salamat kumusta magandang araw gusto kailangan pwede lang naman",
    "pl": "i w na z do nie jest to sie ze jak ale czy mam moj moja prosze dziekuje dzien dobry "
    "kiedy gdzie moge chce dla od po przez",
}
SCRIPTS = {
    "CYRILLIC": "ru", "CJK": "zh", "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko",
    "ARABIC": "ar", "HEBREW": "he", "DEVANAGARI": "hi", "THAI": "th", "GREEK": "el",
    "ARMENIAN": "hy", "GEORGIAN": "ka", "ETHIOPIC": "am", "BENGALI": "bn", "GUJARATI": "gu",
    "GURMUKHI": "pa", "KHMER": "km", "LAO": "lo", "MYANMAR": "my", "TAMIL": "ta", "TELUGU": "te",
}  # fmt: skip
OTHER_SCRIPT_SHARE = 0.3
"""From this share of letters on, a script names the language: loan words and names are less."""

FEWEST_HITS = 2
"""One small word proves nothing: "no", "me" and "as" are words of several languages."""

SURE_SHARE = 0.6
"""Of the small words of the best two languages, those of the best; below, they are mixed."""

FOREIGN_WORDS = 12
FOREIGN_SHARE = 0.08
"""So many words with so few small ones among them are in no language of these: every third to half
of the words of a sentence is small."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_LISTS = {language: frozenset(words.split()) for language, words in SMALL_WORDS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What language a text is in."""

    language: str | None  #: ISO 639-1; "und": none that is known here; None: cannot be told
    share: float  #: of the evidence for the best two, what speaks for the best: 0 to 1
    among: frozenset[str] = frozenset()  #: the two that are mixed, where two are


def language_of(texts: Iterable[str]) -> Guess:
    """
    Return the language that ``texts`` are in together.

    >>> language_of(["Hi, I need to move my appointment", "to Monday please"]).language
    'en'
    >>> language_of(["Hola, necesito cambiar mi cita para el lunes por favor"]).language
    'es'
    >>> language_of(["ok", "555-0100"]).language is None
    True
    >>> language_of(["waxaan rabaa inaan beddelo ballantayda dhakhtarka maxaa yeelay shaqo ayaan"
    ...              " leeyahay maalinta isniinta mahadsanid"]).language
    'und'
    """
    words = [w.casefold().replace("’", "'") for text in texts for w in _WORD.findall(text)]
    if not words:
        return Guess(language=None, share=0.0)
    script, share = _script(words)
    if script is not None:
        return Guess(language=script, share=share)
    plain = [_without_accents(w) for w in words]
    weights: dict[str, float] = defaultdict(float)
    for word in plain:
        owners = [language for language, small in _LISTS.items() if word in small]
        for language in owners:
            weights[language] += 1 / len(owners)
    hits = {language: sum(w in _LISTS[language] for w in plain) for language in weights}
    if len(plain) >= FOREIGN_WORDS and max(hits.values(), default=0) < FOREIGN_SHARE * len(plain):
        return Guess(language="und", share=0.0)
    if not weights:
        return Guess(language=None, share=0.0)
    best, *others = sorted(weights, key=lambda x: (weights[x], hits[x], x), reverse=True)
    share = weights[best] / (weights[best] + (weights[others[0]] if others else 0.0))
    if hits[best] < FEWEST_HITS:
        return Guess(language=None, share=share)
    if share < SURE_SHARE:
        return Guess(language=None, share=share, among=frozenset([best, others[0]]))
    return Guess(language=best, share=share)


def _script(words: list[str]) -> tuple[str | None, float]:
    letters = Counter(SCRIPTS.get(_script_of(c), "") for word in words for c in word)
    total = sum(letters.values())
    del letters[""]
    if not letters or sum(letters.values()) < OTHER_SCRIPT_SHARE * total:
        return None, 0.0
    if letters["ja"]:  # Japanese is written with Chinese characters too
        letters["ja"] += letters.pop("zh", 0)
    language, count = letters.most_common(1)[0]
    return language, count / total


def _script_of(character: str) -> str:
    if character.isascii():
        return "LATIN"
    return unicodedata.name(character, "").partition(" ")[0]


def _without_accents(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word)
    return "".join(c for c in decomposed if not unicodedata.combining(c))
