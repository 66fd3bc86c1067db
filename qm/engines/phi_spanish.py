"""Spanish words that carry structure: numbers, letters, months, fillers, corrections, units."""

from __future__ import annotations

from qm.engines.phi_english import ENGLISH
from qm.engines.phi_words import Vocabulary, phrases, read_list, words

_UNITS_UP_TO_NINE = ("uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve")

SPANISH = Vocabulary(
    language="es",
    digits={
        "cero": "0", "uno": "1", "un": "1", "una": "1", "dos": "2", "tres": "3", "cuatro": "4",
        "cinco": "5", "seis": "6", "siete": "7", "ocho": "8", "nueve": "9",
    },
    homophones={"sinco": "5", "sero": "0", "ceis": "6", "tress": "3"},
    teens={
        "diez": "10", "once": "11", "doce": "12", "trece": "13", "catorce": "14", "quince": "15",
        "dieciseis": "16", "diecisiete": "17", "dieciocho": "18", "diecinueve": "19",
        **{f"veinti{unit}": f"2{i}" for i, unit in enumerate(_UNITS_UP_TO_NINE, start=1)},
        "veintiun": "21",
    },
    tens={
        "veinte": "20", "treinta": "30", "cuarenta": "40", "cincuenta": "50", "sesenta": "60",
        "setenta": "70", "ochenta": "80", "noventa": "90",
    },
    tens_link="y",
    hundreds={"mil": 1000, "millon": 1_000_000, "millones": 1_000_000},
    big={
        "cien": 100, "ciento": 100, "doscientos": 200, "trescientos": 300, "cuatrocientos": 400,
        "quinientos": 500, "seiscientos": 600, "setecientos": 700, "ochocientos": 800,
        "novecientos": 900, "doscientas": 200, "trescientas": 300, "mil": 1000,
    },
    big_link="",
    ordinals={"primero": 1},
    repeats={"doble": 2, "triple": 3},
    months={
        "enero": 1, "febrero": 2, "marzo": 3, "abril": 4, "mayo": 5, "junio": 6, "julio": 7,
        "agosto": 8, "septiembre": 9, "setiembre": 9, "octubre": 10, "noviembre": 11,
        "diciembre": 12,
    },
    modal_months=frozenset(),
    weekdays=words("lunes martes miercoles jueves viernes sabado domingo"),
    letter_words=words("a e i o u y be ce de ge pe te ve ese ele ere ka cu este ene"),
    letters={
        "be": "b", "ce": "c", "de": "d", "efe": "f", "ge": "g", "hache": "h", "jota": "j",
        "ka": "k", "ele": "l", "eme": "m", "ene": "n", "enie": "n", "pe": "p", "cu": "q",
        "erre": "r", "ere": "r", "ese": "s", "te": "t", "uve": "v", "ve": "v", "equis": "x",
        "ye": "y", "zeta": "z",
    },
    spelling=phrases("de | como | como en | como de"),
    fillers=phrases("eh | este | em | mmm | pues | a ver | o sea"),
    joiners=phrases(
        "eh | este | em | mmm | pues | a ver | o sea | y | y luego | luego | guion | raya | "
        "espacio | punto | coma | diagonal | despues | bueno | y despues | otra vez | sigue"
    ),
    corrections=phrases(
        "no | perdon | no perdon | espere | digo | ay no | ay perdon | mejor dicho | corrijo | "
        "disculpe | me equivoque"
    ),
    units=frozenset(read_list("units_es.txt")),
    not_numbers=words(
        "pagina paginas seccion paso opcion linea capitulo nivel grado fase tipo pregunta parrafo "
        "parte cuarto piso puerta unos unas como casi hace las cada solo"
    ),
    known_numbers=words("911 988 411 211 311 711"),
    known_codes=ENGLISH.known_codes,
    code_names=ENGLISH.code_names,
    articles=words("el la los las un una unos unas"),
    stop=frozenset(read_list("stop_es.txt")),
)  # fmt: skip
