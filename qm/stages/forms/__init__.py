"""
Forms x calls -> scorecards.

``parse_form`` reads a form's text, ``choose_form`` finds the form for a call, ``score`` lets the
machine judge a call against it, ``tally`` adds up a person's answers.
"""

from qm.stages.forms.choice import choose_form, form_for
from qm.stages.forms.model import Form, Question
from qm.stages.forms.parse import parse_form
from qm.stages.forms.score import not_scoreable, score
from qm.stages.forms.tally import Percent, Reply, tally
from qm.stages.forms.words import FormWords, parse_words

__all__ = [
    "Form", "FormWords", "Percent", "Question", "Reply", "choose_form", "form_for",
    "not_scoreable", "parse_form", "parse_words", "score", "tally",
]  # fmt: skip
