"""Whether a message was sent by a machine: the first response counts persons only."""

from __future__ import annotations

import re

_AUTOMATIC = re.compile(
    r"\bauto(?:matic|mated)?[- ]?(?:reply|response|message)\b|\bout of (?:the )?office\b"
    r"|\b(?:we have|we've) received your (?:message|e-?mail|request|inquiry)\b"
    r"|\bdo not reply to this\b|\bthis is an automated\b|\bvirtual assistant\b"
    r"|\brespuesta autom[aá]tica\b|\bmensaje autom[aá]tico\b|\bfuera de la oficina\b"
    r"|\bhemos recibido su (?:mensaje|correo|solicitud)\b|\bno responda a este\b"
    r"|\basistente virtual\b",
    re.I,
)


def is_automatic(text: str, subject: str = "", agent: str = "") -> bool:
    """
    Return whether an outgoing message says of itself that nobody wrote it.

    Args:
        text: of the message.
        subject: of an e-mail.
        agent: of the roster; a message that somebody on the roster sent is theirs.

    >>> is_automatic("We have received your message and will answer within one day.")
    True
    >>> is_automatic("We have received your message, Kim here.", agent="a-7")
    False
    """
    return not agent and bool(_AUTOMATIC.search(f"{subject}\n{text}"))
