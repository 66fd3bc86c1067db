"""
Every error the service raises on purpose.

    QmError
    + ConfigError            bad settings, form, rule or model card: stop at start-up
    |   - ModelAltered       a model file is missing or its sha256 is not the pinned one
    + InputError             this record or file is bad: dead-letter it, go on
    |   - DecodeError
    |   - AudioError
    + EngineError            a model failed
    |   - EngineUnavailable  (retriable)
    |   - EngineTimeout      (retriable)
    + RedactionError         could not prove the text clean: withhold the turn
    + StoreError             (retriable)
    + StreamError            (retriable)
    + AccessError            this user may not do this

A message never holds content: only ids, names and numbers.
"""

from __future__ import annotations


class QmError(Exception):
    """Base of all errors raised on purpose."""

    retriable = False


class ConfigError(QmError):
    """The service cannot start as configured."""


class ModelAltered(ConfigError):
    """A model's file is missing or altered: nothing starts with it."""


class InputError(QmError):
    """What came in cannot be used, now or ever."""


class DecodeError(InputError):
    """A record's bytes do not fit the schema it names."""


class AudioError(InputError):
    """A payload does not decode to audio."""


class EngineError(QmError):
    """A model failed on valid input."""


class EngineUnavailable(EngineError):
    """The model is not loaded, or the device is out of memory."""

    retriable = True


class EngineTimeout(EngineError):
    """The model did not answer within its deadline."""

    retriable = True


class RedactionError(QmError):
    """A turn could not be proven clean.  It is withheld, never passed through."""


class StoreError(QmError):
    """The database did not accept a write."""

    retriable = True


class StreamError(QmError):
    """Kafka did not accept or deliver a record."""

    retriable = True


class AccessError(QmError):
    """The user's role does not allow this."""
