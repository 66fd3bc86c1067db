"""Written messages: HTML to text, the writer's own words apart from the rest, shapes of PHI."""

from qm.stages.messages.automatic import is_automatic
from qm.stages.messages.html import html_to_text
from qm.stages.messages.parts import Parts, split
from qm.stages.messages.shapes import named, names_in, shapes

__all__ = ["Parts", "html_to_text", "is_automatic", "named", "names_in", "shapes", "split"]
