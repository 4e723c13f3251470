"""The analyst's question with every value it rests on."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from typing import Any

from . import _lib
from ._toml import written


def names() -> list[str]:
    """Names of the studies that come with wattshift.

    >>> "company" in names()
    True
    """
    return list(_lib.names())


class Study:
    """A study: read, checked, and never changed; ``with_`` gives another.

    >>> study = Study.load("default").with_(paths=4096, **{"btc_price.drift_per_year": 0.1})
    >>> study
    Study('default': 2027 as of 2026-07-31, 4,096 paths, seed 2027, 21 shares)
    >>> study["btc_price.drift_per_year"]
    0.1
    """

    __slots__ = ("_engine",)

    def __init__(self, engine: _lib.Study) -> None:
        self._engine = engine

    @classmethod
    def load(cls, study: str | os.PathLike[str]) -> Study:
        """Reads a study that comes with wattshift by its name, a TOML file, or a run's
        ``manifest.json``.

        Files that a study names are relative to its own folder.
        """
        return cls(_lib.Study.open(os.fspath(study)))

    @classmethod
    def default(cls) -> Study:
        """The study of the bare command: 1,000 gross MW, the year 2027."""
        return cls.load("default")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], *, folder: str | os.PathLike[str] = "") -> Study:
        """A study with the keys of a study file, nested or dotted, ``extends`` among them.

        Where a key names a CSV file, a DataFrame or Series of pandas or polars may stand in its
        place. Names of files are relative to ``folder``.

        >>> study = Study.from_dict({"extends": "default", "mining": {"uptime": 0.9}})
        >>> study["mining.uptime"]
        0.9
        """
        text, texts = written(values)
        return cls(_lib.Study.of_text(text, texts, os.fspath(folder)))

    def with_(self, **changes: Any) -> Study:
        """This study with other values, each by its key; dotted keys go in as ``**{"mining.uptime":
        0.9}``.

        What is said is laid over the study, as a study is over the one that it extends. ``None``
        takes a key or a whole table out. Files are relative to the current folder, and tables of
        pandas or polars may stand in their place.

        >>> claimed = Study.load("vaneck_2024")
        >>> "claim" in claimed.to_dict(), "claim" in claimed.with_(claim=None).to_dict()
        (True, False)
        """
        text, texts = written(changes)
        return Study(self._engine.under(text, texts, ""))

    @property
    def name(self) -> str:
        """Short name."""
        return self._engine.name

    @property
    def question(self) -> str:
        """The question in a sentence; may be empty."""
        return self._engine.question

    @property
    def as_of(self) -> str:
        """The date whose close is the start of every path, as ``2026-07-31``."""
        return self._engine.as_of

    @property
    def target_year(self) -> int:
        """The year whose money is counted."""
        return self._engine.target_year

    @property
    def paths(self) -> int:
        """Number of paths."""
        return self._engine.paths

    @property
    def seed(self) -> int:
        """Seed of all chance."""
        return self._engine.seed

    @property
    def shares(self) -> list[float]:
        """Shares of gross MW to divert, ascending, each 0 to 1, with 0."""
        return self._engine.shares

    @property
    def headline_share(self) -> float:
        """The share that the verdict speaks of; one of ``shares``."""
        return self._engine.headline_share

    def to_toml(self) -> str:
        """The whole study as TOML, every key written out."""
        return self._engine.toml()

    def to_dict(self) -> dict[str, Any]:
        """The whole study as nested dicts, every key written out."""
        return tomllib.loads(self.to_toml())

    def __getitem__(self, key: str) -> Any:
        """The value of a dotted key."""
        found: Any = self.to_dict()
        for part in key.split("."):
            if not isinstance(found, dict) or part not in found:
                raise KeyError(key)
            found = found[part]
        return found

    def file(self, key: str) -> str:
        """The text of the file that a key names, those that come with wattshift among them.

        >>> Study.default().file("fleet.tranches").splitlines()[:2]
        ['tranche,gross_mw,efficiency_j_per_th', 'efficiency_25,250,25']
        """
        read = {each["key"]: each["text"] for each in json.loads(self._engine.manifest())["inputs"]}
        if key not in read:
            raise KeyError(f"no file of {key!r}; there are {', '.join(read)}")
        return str(read[key])

    def assumptions(self) -> list[tuple[str, str, str]]:
        """Dotted key, value as TOML, and basis of everything that is an assumption."""
        return self._engine.assumptions()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Study) and self._engine.manifest() == other._engine.manifest()

    def __hash__(self) -> int:
        return hash(self._engine.manifest())

    def __reduce__(self) -> tuple[Any, ...]:
        # With every file that it read: it is the same study in another process, on another machine.
        return _kept, (self._engine.manifest(),)

    def __repr__(self) -> str:
        return (
            f"Study({self.name!r}: {self.target_year} as of {self.as_of}, {self.paths:,} paths, "
            f"seed {self.seed}, {len(self.shares)} shares)"
        )


def _kept(manifest: str) -> Study:
    """The study of a manifest."""
    return Study(_lib.Study.of_manifest(manifest))


def studied(study: Study | str | os.PathLike[str] | Mapping[str, Any]) -> Study:
    """A study, whatever it is named by."""
    if isinstance(study, Study):
        return study
    if isinstance(study, Mapping):
        return Study.from_dict(study)
    return Study.load(study)
