"""Texts say their language by their small words and their letters, or it is not known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.stages.language import language_of

TEXTS = {
    "en": "Hi, I have a question about my bill, can you help me with it please?",
    "es": "Hola, tengo una pregunta sobre mi factura, ¿me puede ayudar con eso?",
    "fr": "Bonjour, je voudrais changer mon rendez-vous avec le docteur, merci",
    "pt": "Olá, eu preciso mudar a minha consulta para quinta, muito obrigado",
    "de": "Guten Tag, ich kann am Montag nicht kommen, wie ist das mit der Rechnung?",
    "it": "Buongiorno, vorrei spostare la visita di lunedì, grazie, come posso fare?",
    "ht": "Bonjou, mwen bezwen yon randevou ak dokte a, mesi, mwen pa ka vini",
    "vi": "Xin chào, tôi muốn đổi lịch hẹn của tôi với bác sĩ, cảm ơn bạn",
    "tl": "Magandang araw po, gusto ko sana ng bagong iskedyul, salamat po sa inyo",
    "pl": "Dzień dobry, nie mogę przyjść na wizytę, czy jest inny termin, dziękuję",
    "ru": "Здравствуйте, мне нужно перенести приём",
    "zh": "你好,我想改一下预约的时间",
    "ja": "予約を変更したいのですが",
    "ko": "안녕하세요 예약을 변경하고 싶어요",
    "ar": "مرحبا أريد تغيير موعدي من فضلك",
    "hi": "नमस्ते मुझे अपॉइंटमेंट बदलना है",
}


@pytest.mark.parametrize("language", TEXTS)
def test_a_sentence_is_enough(language: str) -> None:
    assert language_of([TEXTS[language]]).language == language


def test_a_name_in_other_letters_does_not_change_the_language() -> None:
    assert language_of([TEXTS["en"] + " Мария"]).language == "en"


@pytest.mark.parametrize("text", ["", "ok", "555-0100", "👍", "Ortega", "no"])
def test_too_little_is_not_known(text: str) -> None:
    assert language_of([text]).language is None


def test_half_and_half_is_not_known() -> None:
    mixed = "Hola I have una pregunta about mi factura and the pago de my seguro que tengo"
    assert language_of([mixed]).language is None


@given(st.lists(st.text()))
def test_any_text_has_an_answer(texts: list[str]) -> None:
    guess = language_of(texts)
    assert 0.0 <= guess.share <= 1.0
