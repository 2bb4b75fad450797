"""Safelight: copies a camera card to two places, proves both, and says when the card may be formatted."""

__version__ = "0.1.0"
