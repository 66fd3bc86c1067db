"""Contact events, labels and scores -> measures with numerator, denominator and interval."""

from qm.stages.kpis.behaviour import CallFigures, LabelledTurn, call_figures
from qm.stages.kpis.contact import Contact, Leg, contact_of
from qm.stages.kpis.grouping import DIMENSIONS, SLOT_MS, Cell, allowed, grouped
from qm.stages.kpis.measures import BY_NAME, MEASURES, Figure, Measure, Tally, figure
from qm.stages.kpis.presets import Preset, parse_preset
from qm.stages.kpis.ramp import TeamRange, ramp, team_range

__all__ = [
    "BY_NAME",
    "DIMENSIONS",
    "MEASURES",
    "SLOT_MS",
    "CallFigures",
    "Cell",
    "Contact",
    "Figure",
    "LabelledTurn",
    "Leg",
    "Measure",
    "Preset",
    "Tally",
    "TeamRange",
    "allowed",
    "call_figures",
    "contact_of",
    "figure",
    "grouped",
    "parse_preset",
    "ramp",
    "team_range",
]
