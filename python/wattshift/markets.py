"""The markets of a study: every factor, path by path and day by day."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from . import _lib
from ._needs import needed
from ._progress import Report, reporting
from .study import Study, studied


def market(
    study: Study | str | os.PathLike[str] | Mapping[str, Any] = "default",
    *,
    paths: int = 1000,
    seed: int | None = None,
    threads: int | None = None,
    progress: bool | Report = False,
) -> Markets:
    """Simulates the first paths of a study's markets: those that a run values and ``explain``
    walks.

    >>> m = market("default", paths=64)
    >>> m["btc_price"].shape == (64, len(m.dates)), m.units["btc_price"], str(m.dates[0])
    (True, 'USD/BTC', '2026-07-31')
    """
    asked = studied(study)
    if seed is not None:
        asked = asked.with_(seed=seed)
    with reporting(progress) as report:
        return Markets(asked, _lib.markets(asked._engine, paths, threads, report))


class Markets(Mapping[str, Any]):
    """Simulated factors by name, each ``[path, date]``: views of one array, without a copy."""

    def __init__(self, study: Study, engine: _lib.Markets) -> None:
        self.study = study
        #: The days, the as-of date first: ``datetime64[D]``.
        self.dates = np.array(engine.dates, dtype="datetime64[D]")
        #: Unit of each factor.
        self.units: dict[str, str] = dict(engine.factors)
        self._values = engine.values
        self._places = {name: place for place, name in enumerate(self.units)}

    def __getitem__(self, factor: str) -> Any:
        return self._values[self._places[factor]]

    def __iter__(self) -> Iterator[str]:
        return iter(self.units)

    def __len__(self) -> int:
        return len(self.units)

    def to_xarray(self) -> Any:
        """A Dataset of the factors over ``path`` and ``date``; units in ``attrs``."""
        xarray = needed("xarray", "to_xarray()")
        factors = {
            name: (("path", "date"), values, {"units": self.units[name]})
            for name, values in self.items()
        }
        dates = self.dates.astype("datetime64[ns]")
        coords = {"path": np.arange(self._values.shape[1]), "date": dates}
        attrs = {"study": self.study.name, "seed": self.study.seed}
        return xarray.Dataset(factors, coords, attrs)

    def to_pandas(self) -> Any:
        """A DataFrame with a column per factor, a row per path and date."""
        pandas = needed("pandas", "to_pandas()")
        paths = range(self._values.shape[1])
        dates = self.dates.astype("datetime64[s]")
        index = pandas.MultiIndex.from_product([paths, dates], names=["path", "date"])
        return pandas.DataFrame(
            {name: values.ravel() for name, values in self.items()}, index=index
        )

    def __repr__(self) -> str:
        _, paths, days = self._values.shape
        return f"Markets of {self.study.name!r}: {', '.join(self)}; {paths:,} paths, {days} days"
