"""
Rules x what was heard -> alerts.

``parse_rules`` reads a rule file's text; ``evaluate`` gives the alerts of a view, ``judge`` also
says which rules did not match and which could not be evaluated.
"""

from qm.stages.rules.evaluate import Finding, evaluate, judge
from qm.stages.rules.model import Rule
from qm.stages.rules.parse import parse_rules

__all__ = ["Finding", "Rule", "evaluate", "judge", "parse_rules"]
