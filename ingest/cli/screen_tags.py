"""What the editor's catalog says about a shoot, in a few lines."""

from typing import Any


def tag_lines(shoot: str, catalog: str, facts: dict[str, Any]) -> list[str]:
    """x"""
    return [f"{shoot} {catalog} {facts}"]
