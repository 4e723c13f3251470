"""What slices cost a run: time and bytes of each, and the speed-up on two worker processes.

Run with the Python that `make python` made: target/python/venv/bin/python benches/workers.py
"""

import multiprocessing
import statistics
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor

from distributed import Client, LocalCluster

import wattshift as ws
from wattshift import _lib

ROUNDS = 5


class Here(Executor):
    """Makes slices in this process: nothing but their own cost is seen."""

    def submit(self, fn, /, *args):
        future = Future()
        future.set_result(fn(*args))
        return future


def seconds(**options):
    began = time.perf_counter()
    ws.run("default", variations=False, **options)
    return time.perf_counter() - began


def median(values):
    return statistics.median(values)


def main():
    # Time of a slice beside its paths: many slices against one, of runs that take turns.
    for keep in ["none", "auto"]:
        pairs = [
            (seconds(paths=65_536, threads=1, keep=keep, executor=Here(), slices=count))
            for _ in range(ROUNDS)
            for count in (1, 64)
        ]
        own = median([(many - one) / 63 for one, many in zip(pairs[::2], pairs[1::2], strict=True)])
        print(f"keep={keep}: a slice of {65_536 // 64} paths costs {1e3 * own:.1f} ms more")
    for paths, counts in [(100_000, [1, 4, 8, 16, 64]), (1_000_000, [8, 64])]:
        study = ws.Study.default().with_(paths=paths)._engine
        for count in counts:
            part, outcomes, drivers = _lib.slice(study, 2 if count > 1 else 1, count, None, "all")
            own = outcomes.nbytes + drivers.nbytes
            each = len(part) * count / paths
            print(
                f"{paths} paths, {count} slices: {len(part) / 1e6:.1f} MB, {each:.0f} bytes a path;"
                f" outcomes {own / 1e6:.1f} MB, {own * count / paths:.0f} bytes a path"
            )
    spawn = multiprocessing.get_context("spawn")
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with (
        ProcessPoolExecutor(1, mp_context=spawn) as one,
        ProcessPoolExecutor(2, mp_context=spawn) as two,
        cluster,
        Client(cluster) as client,
    ):
        [list(pool.map(len, ["", ""])) for pool in (one, two)]
        for keep in ["none", "auto"]:
            common = {"paths": 400_000, "keep": keep}
            ways = {
                "one thread, no slices": {"threads": 1},
                "one process": {"executor": one, "slices": 8},
                "two processes": {"executor": two, "slices": 8},
                "Dask, two processes": {"executor": client.get_executor(), "slices": 8},
            }
            rounds = [{way: seconds(**common, **ways[way]) for way in ways} for _ in range(ROUNDS)]
            for way in ways:
                ratio = median([each["one thread, no slices"] / each[way] for each in rounds])
                print(
                    f"keep={keep}, {way}: {median([e[way] for e in rounds]):.1f} s, × {ratio:.2f}"
                )


if __name__ == "__main__":
    main()
