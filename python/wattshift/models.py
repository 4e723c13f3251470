"""Laws of the BTC price by themselves, one class each: ``Gbm``, ``Merton``, ``Kou``, ``Heston``, …

The classes and their parameters are those of the engine: ``models.__all__`` names them, and
``help(models.Merton)`` tells units and ranges. A sample is of ln M: the log of the price over its
drift and start, with E[M] = 1 on every day. The price of a day is ``start * exp(drift * days / 365
+ ln M)``.

>>> from wattshift import models
>>> law = models.Merton(
...     volatility_per_sqrt_year=0.45, jumps_per_year=4.0, jump_log_mean=-0.02, jump_log_sd=0.1
... )
>>> law.sample(years=1.0, steps=365, paths=10_000, seed=1).shape
(10000,)
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from . import _lib
from .study import Study


class Law:
    """A law of the BTC price with its parameters, checked by the engine."""

    law: ClassVar[str] = ""
    #: What is expected of each parameter, and a typical value as TOML.
    expected: ClassVar[dict[str, tuple[str, str]]] = {}

    def __init__(self, **parameters: Any) -> None:
        missing = [name for name in self.expected if name not in parameters]
        if missing:
            what = "; ".join(
                f"{name} ({self.expected[name][0]}; for example {self.expected[name][1]})"
                for name in missing
            )
            raise TypeError(f"{type(self).__name__} needs {what}")
        #: The parameters, by name.
        self.parameters = parameters
        self._engine = self._study()._engine

    def _study(self) -> Study:
        own = {f"btc_price.{self.law}.{name}": value for name, value in self.parameters.items()}
        return Study.default().with_(**{"btc_price.model": self.law, **own})

    def _sample(self, *asked: Any) -> Any:
        return _lib.sample(self._engine, None, *asked)

    def sample(
        self,
        *,
        years: float | None = None,
        steps: int | None = None,
        paths: int = 100_000,
        seed: int = 1,
        threads: int | None = None,
    ) -> Any:
        """ln M at the end, ``[path]``.

        A step is a day and 365 of them are a year: ``years`` says how long, to the nearest day, or
        ``steps``, or both alike. Without either, a year.
        """
        return self._sample(years, steps, paths, seed, False, threads)[:, 0]

    def sample_paths(
        self,
        *,
        years: float | None = None,
        steps: int | None = None,
        paths: int = 1_000,
        seed: int = 1,
        threads: int | None = None,
    ) -> Any:
        """ln M after every step, ``[path, step]``: from step 0, where it is 0, to the end.

        ``years`` and ``steps`` as in :meth:`sample`.
        """
        return self._sample(years, steps, paths, seed, True, threads)

    def __repr__(self) -> str:
        own = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        return f"{type(self).__name__}({own})"


class _OfHistory(Law):
    """A law that resamples returns: daily closes as ``prices`` (a Series of USD per BTC, or a
    file), or daily ``log_returns`` as they are.
    """

    def __init__(self, *, prices: Any = None, log_returns: Any = None, **parameters: Any) -> None:
        if (prices is None) == (log_returns is None):
            raise TypeError(f"{type(self).__name__} needs either prices or log_returns")
        self._prices = prices
        self._returns = None if log_returns is None else np.asarray(log_returns, float).tolist()
        super().__init__(**parameters)

    def _study(self) -> Study:
        own: dict[str, Any] = {
            f"btc_price.{self.law}.{name}": value for name, value in self.parameters.items()
        }
        if self._prices is not None:
            named = {"file": self._prices, "unit": "USD"}
            own |= {"btc_price.model": self.law, "data.btc_price": named}
        return Study.default().with_(**own)

    def _sample(self, *asked: Any) -> Any:
        return _lib.sample(self._engine, self._returns, *asked)


def _made(law: str, parameters: list[tuple[str, str, str]]) -> type[Law]:
    base = _OfHistory if law == "bootstrap" else Law
    lines = [
        f"    {name}: {expected}; for example {typical}" for name, expected, typical in parameters
    ]
    doc = f"The law ``{law}``; docs/models/{law}.md has its equation.\n\n" + "\n".join(lines)
    expected = {name: (what, typical) for name, what, typical in parameters}
    members = {"law": law, "expected": expected, "__doc__": doc, "__module__": __name__}
    return type(law.capitalize(), (base,), members)


_CLASSES = {made.__name__: made for made in (_made(*law) for law in _lib.laws())}
__all__ = ["Law", *_CLASSES]


def __getattr__(name: str) -> type[Law]:
    if name in _CLASSES:
        return _CLASSES[name]
    raise AttributeError(f"there is no law {name!r}; there are {', '.join(_CLASSES)}")


def __dir__() -> list[str]:
    return sorted(__all__)
