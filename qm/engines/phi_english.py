"""English words that carry structure: numbers, letters, months, fillers, corrections, units."""

from __future__ import annotations

from qm.engines.phi_words import Vocabulary, phrases, read_list, words

_NATO = (
    "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike "
    "november oscar papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu"
)

ENGLISH = Vocabulary(
    language="en",
    digits={
        "zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4",
        "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "niner": "9",
        "naught": "0", "nought": "0",
    },
    homophones={
        "to": "2", "too": "2", "for": "4", "fore": "4", "ate": "8", "won": "1", "or": "0",
        "owe": "0", "free": "3", "tree": "3", "sex": "6", "sics": "6", "nein": "9", "fife": "5",
    },
    teens={
        "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14",
        "fifteen": "15", "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19",
    },
    tens={
        "twenty": "20", "thirty": "30", "forty": "40", "fourty": "40", "fifty": "50",
        "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90",
    },
    tens_link="",
    hundreds={"hundred": 100, "thousand": 1000, "million": 1_000_000},
    big={},
    big_link="and",
    ordinals={
        "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
        "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13,
        "fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18,
        "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
    },
    repeats={"double": 2, "triple": 3, "treble": 3},
    months={
        "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7,
        "august": 8, "september": 9, "october": 10, "november": 11, "december": 12, "jan": 1,
        "feb": 2, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sept": 9, "sep": 9, "oct": 10,
        "nov": 11, "dec": 12,
    },
    # jan and june are first names, dec and sep hardly words; "mar" is left out: it is a name too
    modal_months=frozenset({"may", "march", "august", "jan", "sep", "dec"}),
    weekdays=words("monday tuesday wednesday thursday friday saturday sunday"),
    letter_words=frozenset("ai"),
    letters={
        **{word: word[0] for word in _NATO.split()},
        "dee": "d", "bee": "b", "cee": "c", "zee": "z", "zed": "z", "jay": "j", "kay": "k",
        "queue": "q", "ess": "s", "tee": "t", "vee": "v", "em": "m", "en": "n", "aitch": "h",
        "eff": "f", "gee": "g", "ell": "l",
    },
    spelling=phrases("as in | like in | is for | for | like | as | is in | s in"),
    fillers=phrases("uh | um | er | erm | hm | hmm | like | you know | let me see | let's see"),
    joiners=phrases(
        "uh | um | er | erm | hm | hmm | like | okay | ok | you know | let me see | let's see | "
        "and then | then | dash | hyphen | minus | dot | point | space | slash | comma | "
        "then it's | and then it's | followed by | then a | and a | and then a | "
        "and then there's | uh huh | yeah | again | it's | hold on | with a | there's a | there's"
    ),
    corrections=phrases(
        "no | wait | no wait | no sorry | sorry | i'm sorry | i mean | scratch that | "
        "strike that | make that | actually | rather | correction | or is it | or is that | "
        "or maybe | excuse me | my mistake | wait no | oh wait | oh no | no no | not"
    ),
    units=frozenset(read_list("units_en.txt")),
    not_numbers=words(
        "page pages section step option line number chapter level stage phase type grade question "
        "paragraph part box boxes line column item items press room floor gate door desk window "
        "bay exit unit group tier category class modifier version volume act day week month year "
        "age aged about around roughly nearly almost than every only least most another past "
        "under over between within top last next first press"
    ),
    known_numbers=words("911 988 411 211 311 611 711 811 401 247 365 24 50 1099"),
    known_codes=frozenset(read_list("codes.txt")),
    code_names=words("id npi mrn cdl rx ssn dob vin pin"),
    articles=words("the a an this that"),
    stop=frozenset(read_list("stop_en.txt")),
)  # fmt: skip
