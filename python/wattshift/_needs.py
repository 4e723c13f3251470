"""Packages that are needed for one thing and not for the rest."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def needed(module: str, what: str) -> Any:
    """The module, or an ImportError that says what it is needed for and how to get it."""
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise ImportError(
            f"{what} needs {package}, which is not installed: pip install {package}, or "
            "pip install 'wattshift[notebook]' for all that a notebook wants",
            name=package,
        ) from error
