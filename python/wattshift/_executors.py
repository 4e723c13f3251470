"""A run over the workers of an executor: slices go out, their bytes come back and are joined.

A slice is what ``wattshift run --slice`` writes, with the same checks, beside the outcomes that the
run keeps. The engine joins them: the bits are those of one run, however many slices and workers.
"""

from __future__ import annotations

import math
import os
import signal
import threading
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import contextmanager
from functools import lru_cache
from queue import SimpleQueue
from typing import Any

from . import _lib
from ._errors import CalibrationError, EngineError, InputError
from ._progress import Report

Workers = Executor | Callable[[], Executor]

# What the engine says is the same wherever it is asked again.
OURS = (InputError, CalibrationError, EngineError)
# Times that a slice is sent out before its loss is told.
TRIES = 3
# Slices a worker, so that none waits long for the slowest.
SLICES_PER_WORKER = 4
# Fewest paths of a slice: one of half as many still holds every value, in six times the bytes a path
# (docs/performance.md).
PATHS_PER_SLICE = 25_000
# Most paths of a slice, which a process that is not ours finishes after Ctrl-C: of the default study some
# seconds' work.
PATHS_PER_SLICE_MAX = 100_000


class Over:
    """Set when a run is over: its slices in threads of this process end. In another process a copy of
    it is never set."""

    is_set = False


@contextmanager
def uninterrupted() -> Iterator[None]:
    """What is done within is done whole: Ctrl-C is heard after it. An exception in the midst would leave
    locks of an executor taken, and its threads, and the end of the process, would wait for them. A second
    one is heard at once, as an executor may keep one waiting."""
    handler = signal.getsignal(signal.SIGINT)
    # Ctrl-C is an exception in the main thread alone, and there if a function of Python makes it one.
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield
        return
    heard: list[tuple[Any, ...]] = []

    def hear(*what: Any) -> None:
        heard.append(what)
        if len(heard) > 1:
            handler(*what)

    signal.signal(signal.SIGINT, hear)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if heard:
            handler(*heard[0])


def made(
    manifest: bytes,
    index: int,
    count: int,
    threads: int,
    keep: str | list[str],
    over: Over,
    attempt: int,
) -> tuple[bytes, Any, Any]:
    """A slice, made in a worker; ``attempt`` tells one try from another where results are kept by
    their arguments."""

    def look(done: int, total: int) -> None:
        if over.is_set:
            raise CancelledError

    return _lib.slice(_study(manifest), index, count, threads, keep, look)


@lru_cache(maxsize=1)
def _study(manifest: bytes) -> _lib.Study:
    """The study of a packed manifest, read once a worker."""
    return _lib.Study.of_manifest(zlib.decompress(manifest).decode())


def packed(study: _lib.Study) -> bytes:
    """What a worker has to know of a study: its manifest, packed, so that what is sent to all workers
    of a pool fits into its pipe. In a full one a process pool that loses a worker may hang."""
    return zlib.compress(study.manifest().encode())


def run(
    workers: Workers,
    study: _lib.Study,
    slices: int | None,
    threads: int | None,
    keep: str | list[str],
    variations: bool,
    report: Report | None,
) -> _lib.Run:
    """The run of a study over workers: an executor, or a function that makes one."""
    pool = _Pool(workers)
    is_done = False
    try:
        count = _slices(pool.executor, study.paths) if slices is None else slices
        joined = _lib.Slices(study, count, keep, variations)
        words = (packed(study), count, 1 if threads is None else threads, keep)
        _send(pool, words, joined, report)
        is_done = True
    finally:
        pool.close(is_done)
    told = None if report is None else _after(report, study.paths)
    return joined.whole(threads, told)


def _send(pool: _Pool, words: tuple[Any, ...], joined: _lib.Slices, report: Report | None) -> None:
    """Sends every slice out until it has come back."""
    manifest, count, threads, keep = words
    tries = dict.fromkeys(range(1, count + 1), 0)
    waiting: dict[Future[Any], int] = {}
    back: SimpleQueue[Future[Any]] = SimpleQueue()
    came = paths_done = 0
    over = Over()

    def submit(index: int) -> None:
        tries[index] += 1
        words = (manifest, index, count, threads, keep, over, tries[index])
        with uninterrupted():
            try:
                future = pool.submit(made, *words)
            except BrokenExecutor as error:
                raise _broken(came, count) from error
            waiting[future] = index
            future.add_done_callback(back.put)

    try:
        for index in tries:
            submit(index)
        while waiting:
            future = back.get()
            index = waiting.pop(future)
            try:
                with uninterrupted():
                    told = future.result()
            except OURS:
                raise
            except Exception as error:
                # However an executor tells that a worker is lost, the slice is sent out again.
                if tries[index] == TRIES:
                    error.add_note(f"slice {index}/{count} was lost {TRIES} times")
                    raise
                submit(index)
                continue
            paths_done += joined.add(f"slice {index}/{count} of a worker", *told)
            came += 1
            if report is not None:
                report(paths_done, joined.paths)
    finally:
        over.is_set = True
        with uninterrupted():
            for future in waiting:
                future.cancel()


class _Pool:
    """An executor; one that a function makes is made again when it breaks, and closed."""

    def __init__(self, workers: Workers) -> None:
        if hasattr(workers, "get_executor"):
            # A client of Dask stands for its executor.
            workers = workers.get_executor()
        self.make = None if hasattr(workers, "submit") else workers
        if self.make is not None and not callable(self.make):
            raise TypeError(
                f"executor is a {type(workers).__name__}: neither an executor of "
                "concurrent.futures nor a function that makes one"
            )
        self.executor: Any = workers if self.make is None else self.make()

    def submit(self, *words: Any) -> Any:
        try:
            return self.executor.submit(*words)
        except BrokenExecutor:
            if self.make is None:
                raise
            self.close(False)
            self.executor = self.make()
            return self.executor.submit(*words)

    def close(self, is_done: bool) -> None:
        """Closes what was made here, at once where it is not done; an executor that was given is its
        owner's."""
        if self.make is None:
            return
        if is_done:
            self.executor.shutdown()
        else:
            with uninterrupted():
                _terminate(self.executor)


def _terminate(executor: Any) -> None:
    """Ends an executor and the processes of a pool, whatever they are at."""
    if hasattr(executor, "terminate_workers"):
        executor.terminate_workers()
        return
    # What that does, which came with Python 3.14.
    processes = dict(getattr(executor, "_processes", None) or {})
    executor.shutdown(wait=False)
    for process in processes.values():
        process.terminate()


def _broken(done: int, count: int) -> EngineError:
    return EngineError(
        f"a worker died, and the executor runs nothing any more; {done} of {count} slices were "
        "done. Give a function that makes the executor, and another takes its place: "
        "executor=lambda: ProcessPoolExecutor(2)"
    )


def _slices(executor: Any, paths: int) -> int:
    """A few slices a worker or more, none of them small or long."""
    few = min(SLICES_PER_WORKER * _workers(executor), paths // PATHS_PER_SLICE)
    return max(1, few, math.ceil(paths / PATHS_PER_SLICE_MAX))


def _workers(executor: Any) -> int:
    """Number of workers where an executor tells it, else of the cores here."""
    # concurrent.futures, loky; then mpi4py.
    for name in ("_max_workers", "num_workers"):
        count = getattr(executor, name, None)
        if isinstance(count, int):
            return count
    # Dask: threads of its workers.
    client = getattr(executor, "_client", None)
    if client is not None:
        return max(1, int(sum(client.nthreads().values())))
    return os.cpu_count() or 1


def _after(report: Report, paths: int) -> Report:
    """What comes after the slices, told after them."""
    return lambda done, total: report(paths + done, paths + total)
