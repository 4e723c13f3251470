"""How numbers look: units for people, millions of dollars, shares in per cent."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

MILLION = 1e6

# Words that are written in capitals.
CAPITALS = {"ai", "btc", "dscr", "ebitda", "gpu", "irr", "it", "npv"}


def scale(unit: str, values: Any) -> tuple[float, str]:
    """What to divide numbers of a unit by, and the unit that is left.

    >>> scale("USD", [3.2e8]), scale("USD/BTC", [90_000.0]), scale("1", [0.3])
    ((1000000.0, 'million USD'), (1.0, 'USD/BTC'), (1.0, ''))
    """
    largest = float(np.nanmax(np.abs(np.asarray(values, float)))) if len(values) else 0.0
    if unit.startswith("USD") and "/" not in unit and largest >= MILLION:
        return MILLION, "million USD"
    return 1.0, "" if unit == "1" else unit


def words(name: str) -> str:
    """A name of the engine as words.

    >>> words("margin_after_capital"), words("critical_it"), title("npv_gain")
    ('margin after capital', 'critical IT', 'NPV gain')
    """
    return " ".join(part.upper() if part in CAPITALS else part for part in name.split("_"))


def title(name: str) -> str:
    """The same where a line begins with it."""
    said = words(name)
    return said[:1].upper() + said[1:]


def axis(name: str, unit: str) -> str:
    """The label of an axis."""
    return f"{words(name)}, {unit}" if unit else words(name)


def with_error(value: float, error: float) -> str:
    """A number and its error, both to the error's first digit, two where that is a 1.

    >>> with_error(861.37, 3.4), with_error(0.9931, 0.00028), with_error(12.0, 0.0)
    ('861 ±3', '0.9931 ±0.0003', '12 ±0')
    """
    if not (math.isfinite(value) and math.isfinite(error)):
        return "n/a"
    if error == 0:
        return f"{value:,.6g} ±0"
    power = math.floor(math.log10(error))
    decimals = max(0, -power + (1 if error / 10**power < 1.95 else 0))
    return f"{value:,.{decimals}f} ±{error:,.{decimals}f}"
