"""A finished run: its tables, its paths, its words."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from . import _executors, _html, _lib
from ._look import scale, with_error
from ._needs import needed
from ._progress import Report, reporting
from ._tables import columns, frame
from .study import Study, studied

# Columns that are words whatever stands in them.
WORDS = ("company", "model", "status", "metric", "measure", "unit", "variation", "change", "side")

# The numbers of an estimate, in their order.
NUMBERS = ("value", "std_error", "ci_low", "ci_high")


def run(
    study: Study | str | os.PathLike[str] | Mapping[str, Any] = "default",
    *,
    paths: int | None = None,
    seed: int | None = None,
    shares: Sequence[float] | None = None,
    threads: int | None = None,
    keep: str | Sequence[str] = "auto",
    variations: bool = True,
    executor: _executors.Workers | None = None,
    slices: int | None = None,
    progress: bool | Report = False,
) -> Result:
    """Simulates a study and values every share of it.

    ``study`` is a :class:`Study`, a name, a file or a dict. ``paths``, ``seed`` and ``shares``
    stand in for what the study says. ``threads`` bounds the threads, one per core if ``None``; the
    numbers are the same bits for any. ``keep`` says which numbers of single paths stay in memory:
    ``"auto"`` keeps all of them up to 1 GB and none beyond, ``"all"``, ``"none"``, or names of
    metrics and drivers. ``variations=False`` leaves the variations out, and moves no other number.
    ``progress`` shows a bar (or a line on stderr without tqdm), or is a function of the paths done
    and those in all.

    ``executor`` is any executor of ``concurrent.futures``, Dask's (``client.get_executor()``) among
    them, or a function that makes one, which is called again when a pool has lost a worker. Its
    workers make ``slices`` of the run, a few each if ``None``, on ``threads`` threads each, one if
    ``None``; the numbers are the same bits as without.

    Ctrl-C stops it within a second; nothing is left behind. Slices that no worker has begun are taken
    back, those in threads end, and so do the processes of a ``ProcessPoolExecutor`` that was made here;
    workers of any other executor finish what they have begun.

    >>> r = run("default", paths=2048, shares=[0, 0.2])
    >>> r.estimate("revenue", "mean").value > r.estimate("revenue", "tail_mean_0.05").value
    True
    """
    asked = studied(study)
    given = {"paths": paths, "seed": seed, "shares": None if shares is None else list(shares)}
    changes = {key: value for key, value in given.items() if value is not None}
    if changes:
        asked = asked.with_(**changes)
    keeping = keep if isinstance(keep, str) else list(keep)
    if executor is None and slices is not None:
        raise TypeError("slices are for the workers of an executor, and none is given")
    if slices is not None and slices < 0:
        raise ValueError(f"slices is {slices}: a run is cut into one or more")
    with reporting(progress) as report:
        if executor is None:
            made = _lib.run(asked._engine, threads, keeping, variations, report)
        else:
            own = (slices, threads, keeping, variations, report)
            made = _executors.run(executor, asked._engine, *own)
    return Result(asked, made)


def merge(
    *slices: str | os.PathLike[str],
    threads: int | None = None,
    variations: bool = True,
    progress: bool | Report = False,
) -> Result:
    """Joins the slices of a run that ``wattshift run --slice`` made, anywhere.

    ``slices`` are files, or folders of files that end in ``.part``: every slice of one run, once.
    The numbers are the same bits as of the run in one go; of single paths, files keep none.
    """
    with reporting(progress) as report:
        files = [os.fspath(path) for path in slices]
        study, made = _lib.merge(files, threads, variations, report)
    return Result(Study(study), made)


class Estimate(NamedTuple):
    """A number with its Monte Carlo error."""

    value: float
    std_error: float
    ci_low: float
    ci_high: float
    unit: str

    def __str__(self) -> str:
        """The number and its error with the unit, as in the tables of the command.

        >>> str(Estimate(861.37e6, 3.4e6, 854.4e6, 868.3e6, "USD"))
        '861 ±3 million USD'
        """
        divisor, unit = scale(self.unit, [self.value])
        return f"{with_error(self.value / divisor, self.std_error / divisor)} {unit}".rstrip()

    def __format__(self, spec: str) -> str:
        """In an f-string; ``%`` tells a probability or a rate in per cent.

        >>> f"{Estimate(0.9931, 0.00028, 0.9925, 0.9937, '1'):%}"
        '99.31 ±0.03 %'
        """
        if spec == "%":
            return f"{with_error(100 * self.value, 100 * self.std_error)} %"
        return format(str(self), spec)


class Result:
    """A finished run. Its arrays are views of the engine's memory and keep it alive."""

    def __init__(self, study: Study, engine: _lib.Run) -> None:
        self.study = study
        self._engine = engine

    def csv(self, table: str) -> str:
        """The text of a table as the command writes it: ``summary``, ``spread``, ``variations``,
        ``undisclosed``, ``bridge``, ``claim``."""
        text = self._engine.table(table)
        if text is None:
            why = {
                "variations": " (variations=False)",
                "bridge": ": the study has no [claim]",
                "claim": ": the study has no [claim]",
            }
            raise KeyError(f"the run has no table {table!r}{why.get(table, '')}")
        return text

    def _frame(self, table: str, whole: tuple[str, ...] = ()) -> Any:
        return frame(self.csv(table), f"{table}()", WORDS, whole)

    @cached_property
    def _summary(self) -> dict[str, Any]:
        return columns(self.csv("summary"), WORDS)

    @cached_property
    def _rows(self) -> dict[tuple[str, str, str, float], int]:
        """The row of the summary of a model, metric, measure and share."""
        s = self._summary
        shares = (round(float(share), 12) for share in s["share"])
        keys = zip(s["model"], s["metric"], s["measure"], shares, strict=True)
        return {key: row for row, key in enumerate(keys)}

    def summary(self) -> Any:
        """Every number with its error, one a row: a DataFrame of the rows and columns of
        ``summary.csv``, the same to the last bit."""
        return self._frame("summary")

    def spread(self) -> Any:
        """What each headline is uncertain by: number of worlds, parameters, choice of model."""
        return self._frame("spread")

    def variations(self) -> Any:
        """The headline share with one value of the study moved at a time."""
        return self._frame("variations", ("paths",))

    def undisclosed(self) -> Any:
        """Inputs that are not disclosed, and the metrics that rest on each."""
        return self._frame("undisclosed")

    def bridge(self) -> Any:
        """The steps from a claim to what the study finds, USD a year; of studies with a claim."""
        return self._frame("bridge")

    def claim(self) -> Any:
        """The share of worlds below the claim, by what it is held against; of studies with a claim."""
        return self._frame("claim")

    def frontier(self, metric: str = "margin_after_capital") -> Any:
        """What each share earns on average against its worst 5 % of worlds, with errors.

        ``is_dominated`` is true where another share has no less of both and more of one.
        """
        return frame(self._engine.frontier(metric), "frontier()", WORDS)

    def estimate(
        self, metric: str, measure: str, share: float | None = None, model: str = "all"
    ) -> Estimate:
        """One number of the summary with its error; of the headline share if none is named."""
        wanted = self.study.headline_share if share is None else share
        row = self._rows.get((model, metric, measure, round(float(wanted), 12)))
        if row is None:
            raise KeyError(f"no {measure} of {metric} at share {wanted} of model {model}")
        s = self._summary
        value, error, low, high = (float(s[name][row]) for name in s if name in NUMBERS)
        return Estimate(value, error, low, high, s["unit"][row])

    def verdict(self) -> str:
        """The headline share against staying, in the words that the command prints."""
        return self._engine.verdict()

    def report(self, width: int = 100) -> str:
        """The whole report that the command prints, for so many columns."""
        return self._engine.report(width)

    @property
    def metrics(self) -> dict[str, str]:
        """Metrics whose paths were kept, with their units."""
        return {name: unit for name, unit, _ in self._engine.kept_metrics}

    def paths(self, metric: str, share: float | None = None) -> Any:
        """A metric at a share (the headline share if none is named), a number per path.

        A float64 array that is a view of the engine's memory: nothing is copied, and it is
        read-only.
        """
        return self._engine.paths(metric, self.study.headline_share if share is None else share)

    def drivers(self, driver: str | None = None) -> Any:
        """A driver (``btc_price``, …), its mean over the target year on each path: a view.

        Without a name: the units of the drivers that were kept, by name.
        """
        if driver is None:
            return dict(self._engine.kept_drivers)
        return self._engine.drivers(driver)

    def outcomes(self, share: float | None = None) -> _lib.Outcomes:
        """The kept metrics of every path, of one share or of all, for whoever reads Arrow.

        ``pandas.DataFrame.from_arrow``, ``polars.DataFrame``, ``pyarrow.table`` and DuckDB take it.
        The columns are those of the command's ``outcomes.parquet``; the rows stand by share, then
        by path, as the engine has them, so that each metric is handed over without a copy.
        ``share`` and ``path`` are made.
        """
        return self._engine.outcomes(share)

    def explain(self, path: int, share: float | None = None) -> Any:
        """One path of the run with its workings, a row per month; notes in ``attrs["notes"]``."""
        return explain(self.study, path, share)

    def to_parquet(self, folder: str | os.PathLike[str]) -> Path:
        """Writes ``summary.parquet``, ``manifest.json`` and, of kept paths, ``outcomes.parquet``.

        They take the place of another run's, the manifest last. Each file is whole or absent, and the
        tables say in their metadata what run they are of, as those of the command do. ``wattshift run
        manifest.json`` makes the run again. A folder of the command's is not written into.
        """
        pyarrow = needed("pyarrow", "to_parquet()")
        parquet = needed("pyarrow.parquet", "to_parquet()")
        target = Path(folder)
        if (target / "summary.csv").exists():
            raise FileExistsError(f"{target} holds a run that wattshift wrote: name another folder")
        target.mkdir(parents=True, exist_ok=True)
        tables = {"summary": pyarrow.table(self._summary)}
        if self._engine.kept_metrics:
            tables["outcomes"] = pyarrow.table(self.outcomes())
        with tempfile.TemporaryDirectory(prefix=".new-", dir=target) as aside:
            for name, table in tables.items():
                told = table.replace_schema_metadata(self._about)
                parquet.write_table(told, Path(aside, f"{name}.parquet"))
            manifest = Path(aside, "manifest.json")
            manifest.write_text(self.manifest, encoding="utf-8")
            # Without a manifest the folder is of no run, whatever ends this here.
            for earlier in ["manifest.json", "outcomes.parquet"]:
                (target / earlier).unlink(missing_ok=True)
            for name in tables:
                Path(aside, f"{name}.parquet").replace(target / f"{name}.parquet")
            manifest.replace(target / manifest.name)
        return target

    @property
    def _about(self) -> dict[str, str]:
        manifest = json.loads(self.manifest)
        of = {"study": "study_name"}
        names = ("version", "study", "study_sha256", "paths", "seed")
        told = {f"wattshift.{name}": str(manifest[of.get(name, name)]) for name in names}
        return {**told, "wattshift.manifest": self.manifest}

    @property
    def manifest(self) -> str:
        """All that the run depends on: the JSON that ``wattshift run`` and ``Study.load`` take."""
        return self.study._engine.manifest()

    @cached_property
    def plot(self) -> Any:
        """Plots: ``fan``, ``shares``, ``tail``, ``drivers``, ``frontier``, ``bridge``."""
        from .plot import Plots

        return Plots(self)

    def __repr__(self) -> str:
        return f"Result of {self.study!r}\n{self.verdict()}"

    def _repr_html_(self) -> str:
        return _html.page(self)


def explain(
    study: Study | str | os.PathLike[str] | Mapping[str, Any], path: int, share: float | None = None
) -> Any:
    """One path of a study with its workings, a row per month; the path is made again.

    ``path`` is one of the study's, from 0. ``attrs["header"]`` says what is explained, ``attrs["notes"]``
    what was drawn and what it added up to.

    >>> months = explain("default", path=7, share=0.2)
    >>> months["month"].iloc[-1], len(months)
    ('2027-12', 12)
    """
    asked = studied(study)
    wanted = asked.headline_share if share is None else share
    text, header, notes = asked._engine.explain(path, wanted)
    found = frame(text, "explain()", ("month",))
    found.attrs.update(header=header, notes=notes)
    return found


def calibrate(study: Study | str | os.PathLike[str] | Mapping[str, Any] = "default") -> Any:
    """Fits the laws of a study to its histories: a row per parameter with its standard errors.

    ``attrs["warnings"]`` says what to be wary of, ``attrs["toml"]`` is a fragment for a study.

    >>> fits = calibrate("default")
    >>> "btc_price.gbm.volatility_per_sqrt_year" in set(fits["key"])
    True
    """
    text, warnings, fragment = studied(study)._engine.calibrate()
    found = frame(
        text, "calibrate()", ("key", "model", "unit", "window", "method"), ("observations",)
    )
    found.attrs.update(warnings=warnings, toml=fragment)
    return found


def check(study: Study | str | os.PathLike[str] | Mapping[str, Any]) -> str:
    """What was understood of a study and its files, as ``wattshift check`` says it.

    >>> print(check("default").splitlines()[0])
    default: study default, 100,000 paths, seed 2027
    """
    name = os.fspath(study) if isinstance(study, str | os.PathLike) else studied(study).name
    return "\n".join(studied(study)._engine.check(name))
