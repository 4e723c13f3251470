"""How far a run is: a bar, a line, a function of the user's, or nothing."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

Report = Callable[[int, int], None]


@contextmanager
def reporting(progress: bool | Report) -> Iterator[Report | None]:
    """What the engine is to call with the paths done and those in all."""
    if callable(progress):
        yield progress
    elif not progress:
        yield None
    else:
        bar = _Bar() if _tqdm() is not None else _Line()
        try:
            yield bar
        finally:
            bar.close()


def _tqdm() -> Any:
    try:
        with warnings.catch_warnings():
            # A notebook without widgets gets the bar of text.
            warnings.simplefilter("ignore")
            return import_module("tqdm.auto").tqdm
    except ImportError:
        return None


class _Bar:
    def __init__(self) -> None:
        self.bar = _tqdm()(total=None, unit=" paths", unit_scale=True, file=sys.stderr)

    def __call__(self, done: int, total: int) -> None:
        if self.bar.total != total:
            self.bar.total = total
        self.bar.update(done - self.bar.n)

    def close(self) -> None:
        self.bar.close()


class _Line:
    """A line on stderr that is written over; where stderr is no terminal, a line a tenth."""

    def __init__(self) -> None:
        self.shown = -1
        self.is_terminal = sys.stderr.isatty()

    def __call__(self, done: int, total: int) -> None:
        percent = 100 * done // total if total else 0
        step = 1 if self.is_terminal else 10
        if percent // step == self.shown // step:
            return
        self.shown = percent
        text = f"{percent} % ({done:,} of {total:,} paths)"
        print(
            f"\r{text}" if self.is_terminal else text,
            end="" if self.is_terminal else "\n",
            file=sys.stderr,
            flush=True,
        )

    def close(self) -> None:
        if self.is_terminal and self.shown >= 0:
            print(file=sys.stderr)
