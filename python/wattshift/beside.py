"""Runs beside each other on the same random numbers: stresses of a study, companies of a fleet."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from . import _lib
from ._progress import Report, reporting
from ._tables import frame
from ._toml import written
from .study import Study, studied

# Columns that are words whatever stands in them.
WORDS = ("stress", "company", "model", "status", "metric", "measure", "unit")


def stress(
    study: Study | str | os.PathLike[str] | Mapping[str, Any] = "default",
    stresses: Sequence[str | os.PathLike[str]] | Mapping[str, Mapping[str, Any]] | None = None,
    *,
    paths: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: bool | Report = False,
) -> Any:
    """Runs a study as it is and under stresses, on the same random numbers.

    ``stresses`` are names and files; or values by key under the name of each stress, laid over the
    study as ``with_`` lays them; or, without any, those of the study, else those that come with
    wattshift. A DataFrame of the rows of ``wattshift stress``: each headline under each stress with
    its error, and its ``difference`` from the study as it is with the error of pairs of paths.
    ``attrs["report"]`` is the text that the command prints.

    >>> cheap = {"mining.power_usd_per_mwh": 40.0}
    >>> moved = stress("default", {"cheap power": cheap}, paths=2048)
    >>> list(moved["stress"].unique()), bool(moved["difference"].iloc[0] == 0.0)
    (['base', 'cheap power'], True)
    """
    asked = _asked(study, paths, seed)
    only: list[str] = []
    words = None
    if isinstance(stresses, Mapping):
        words = [(name, *written(values)) for name, values in stresses.items()]
    elif stresses is not None:
        if isinstance(stresses, str):
            raise TypeError("stresses is a list of names and files, not one of them")
        only = [os.fspath(name) for name in stresses]
    with reporting(progress) as report:
        text, told = _lib.stress(asked._engine, only, words, threads, report)
    return _table(text, "stress()", told)


def panel(
    study: Study | str | os.PathLike[str] | Mapping[str, Any],
    *,
    paths: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: bool | Report = False,
) -> Any:
    """Runs each company of a study's fleet on the same market paths.

    A DataFrame of the rows of ``wattshift panel``: those of ``summary()`` for each company, then
    for all of them together. ``attrs["report"]`` is the text that the command prints.
    """
    asked = _asked(study, paths, seed)
    with reporting(progress) as report:
        text, told = _lib.panel(asked._engine, threads, report)
    return _table(text, "panel()", told)


def _asked(study: Any, paths: int | None, seed: int | None) -> Study:
    asked = studied(study)
    changes = {key: own for key, own in {"paths": paths, "seed": seed}.items() if own is not None}
    return asked.with_(**changes) if changes else asked


def _table(text: str, what: str, report: str) -> Any:
    found = frame(text, what, WORDS)
    found.attrs["report"] = report
    return found
