"""English to the English model, the rest to the other, and unknown is found first."""

import numpy as np
import pytest

from qm.engines.base import AsrRequest, AsrResult
from qm.engines.languages import Recognizers
from qm.types import Word


class Model:
    """Answers with its own name; tells languages as scripted."""

    def __init__(self, name, told=()):
        self.name = name
        self.told = list(told)

    def recognize(self, batch):
        word = Word(start_ms=0, end_ms=100, text=self.name)
        return [AsrResult(words=(word,), language=r.language or "?") for r in batch]

    def languages(self, batch):
        return [self.told.pop(0) for _ in batch]


def ask(*languages, told=()):
    other = Model("other", told)
    recognizers = Recognizers(Model("english"), lambda: other)
    batch = [AsrRequest(samples=np.zeros(16000, np.float32), language=x) for x in languages]
    return [(r.words[0].text, r.language) for r in recognizers.recognize(batch)]


@pytest.mark.parametrize(
    ("languages", "told", "expected"),
    [
        # known
        (["en"], [], [("english", "en")]),
        (["es"], [], [("other", "es")]),
        (["es", "en", "fr"], [], [("other", "es"), ("english", "en"), ("other", "fr")]),
        # found
        ([None], [("en", 0.9)], [("english", "en")]),
        ([None], [("es", 0.9)], [("other", "es")]),
        # a guess stays with the model that made it
        ([None], [("en", 0.3)], [("other", "en")]),
        ([None, "en", None], [("es", 0.9), ("en", 0.8)],
         [("other", "es"), ("english", "en"), ("english", "en")]),
    ],
)  # fmt: skip
def test_each_goes_where_it_is_heard_best_in_the_order_asked(languages, told, expected):
    assert ask(*languages, told=told) == expected


def test_a_site_of_english_calls_never_loads_the_other():
    def never():
        raise AssertionError("loaded")

    recognizers = Recognizers(Model("english"), never)

    (result,) = recognizers.recognize(
        [AsrRequest(samples=np.zeros(16000, np.float32), language="en")]
    )

    assert result.words[0].text == "english"
