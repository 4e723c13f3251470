"""Tables cross as the CSV text that the command writes: nothing can differ in a digit.

Numbers there are the shortest text that reads back as the same bits, and Python's ``float`` reads
them so.
"""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np

from ._needs import needed

# A number that a table does not have.
BLANKS = ("", "none")
FLAGS = {"true": True, "false": False}


def columns(text: str, words: tuple[str, ...] = ()) -> dict[str, Any]:
    """The columns of a table by name: arrays of numbers or flags, lists of words.

    A column is numbers if each of its cells is one or blank, unless it is among ``words``.
    """
    names, *rows = csv.reader(io.StringIO(text, newline=""))
    cells = zip(*rows, strict=True) if rows else ([] for _ in names)
    return {
        name: list(own) if name in words else _column(own)
        for name, own in zip(names, cells, strict=True)
    }


def _column(cells: Any) -> Any:
    if cells and all(cell in FLAGS for cell in cells):
        return np.array([FLAGS[cell] for cell in cells])
    if all(cell in BLANKS for cell in cells):
        return list(cells)
    try:
        return np.array([np.nan if cell in BLANKS else float(cell) for cell in cells])
    except ValueError:
        return list(cells)


def frame(text: str, what: str, words: tuple[str, ...] = (), whole: tuple[str, ...] = ()) -> Any:
    """The table as a pandas DataFrame; columns among ``whole`` are whole numbers."""
    pandas = needed("pandas", what)
    found = pandas.DataFrame(columns(text, words))
    return found.astype({name: "int64" for name in whole if name in found})
