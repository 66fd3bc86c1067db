"""Spanish streets and units: the kind comes first, then the name, then the number."""

from __future__ import annotations

import pytest

from qm.engines.phi_addresses_es import find_streets
from tests.engines.phi import reading, shown


def seen(text: str) -> str:
    return shown(reading(text, language="es"), find_streets)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("la calle Mesquite, doscientos ocho", "la [LOCATION]"),
        ("Avenida de las Flores, número mil uno", "[LOCATION]"),
        ("en el bulevar del Sol 4410", "en el [LOCATION]"),
        ("el camino Real de la Luz queda lejos", "el [LOCATION] queda lejos"),
        ("Av. Juárez 33, por favor", "[LOCATION], por favor"),
        ("sobre la carretera a Tula", "sobre la [LOCATION]"),
        ("vivo en la colonia Santa Rosa", "vivo en la [LOCATION]"),
        ("calle Olmo esquina con cinco", "[LOCATION]"),
    ],
)
def test_a_street_goes_with_its_number(text: str, expected: str) -> None:
    assert seen(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Calle 12 número 40", "[LOCATION]"),
        ("la calle veinte", "la [LOCATION]"),
        ("calle Cinco de Mayo, ciento dos", "[LOCATION]"),
    ],
)
def test_a_street_may_be_named_by_a_number(text: str, expected: str) -> None:
    assert seen(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vivo en calle olmo doscientos ocho", "vivo en [LOCATION]"),
        ("en paseo de los heroes trece", "en [LOCATION]"),
    ],
)
def test_without_capitals_the_number_ends_the_name(text: str, expected: str) -> None:
    assert seen(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("apartamento tres", "[LOCATION]"),
        ("el edificio B", "el [LOCATION]"),
        ("es la casa número siete", "es la [LOCATION]"),
    ],
)
def test_a_unit_needs_a_number_or_letter(text: str, expected: str) -> None:
    assert seen(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "la calle es larga",
        "mi casa es azul, tengo tres pisos",
        "mi casa, dos hijos",
        "tómela por vía oral",
        "se toma por vía oral y ya",
        "la unidad veinte dólares",
        "voy en camino a la clínica.",
    ],
)
def test_no_street(text: str) -> None:
    assert seen(text) == text
