"""The open, self-hosted, real-time quality monitor for healthcare contact centers."""

__version__ = "0.1.0"
