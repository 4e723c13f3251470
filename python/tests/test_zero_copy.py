"""Columns are views of the engine's memory: measured, not said."""

import gc
import resource
import subprocess
import sys

import numpy as np

import wattshift as ws


def address(array):
    return array.__array_interface__["data"][0]


def test_a_column_is_the_engines_memory(small):
    for of in [lambda: small.paths("revenue", 0.2), lambda: small.drivers("btc_price")]:
        one, two = of(), of()
        assert one.dtype == np.float64 and one.flags.c_contiguous
        assert not one.flags.owndata and not one.flags.writeable
        assert np.shares_memory(one, two) and address(one) == address(two)
    # Shares of a metric, and metrics, lie side by side.
    first, second = small.paths("revenue", 0.0), small.paths("revenue", 0.2)
    assert address(second) - address(first) == 8 * 4096
    assert not np.shares_memory(first, second)


def test_a_column_outlives_its_run():
    column = ws.run(paths=2048, shares=[0, 0.2]).paths("revenue", 0.2)
    before = column.copy()
    gc.collect()
    # What is made next would lie where the run was, were it gone.
    others = [ws.run(paths=2048, shares=[0, 0.2], seed=seed) for seed in range(3)]
    assert np.array_equal(column, before) and others


def rss():
    """Bytes of memory that the process has resident."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


def test_memory_does_not_grow_with_views():
    run = ws.run(paths=50_000, seed=1, keep=["revenue", "power_cost"])
    run.paths("revenue").sum()
    before = rss()
    views = [run.paths(m, s) for m in ("revenue", "power_cost") for s in run.study.shares] * 50
    bytes_seen = sum(view.nbytes for view in views)
    assert bytes_seen > 800e6 and rss() - before < 4e6


def test_markets_are_views_of_one_array():
    market = ws.market("default", paths=100)
    one, two = market["btc_price"], market["btc_price"]
    assert np.shares_memory(one, two) and not one.flags.owndata and not one.flags.writeable
    assert address(market["fees"]) - address(one) == one.nbytes


KEPT = """
import resource
import wattshift as ws
def peak(keep):
    ws.run(paths=50_000, keep=keep)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
none = peak("none")
run = ws.run(paths=2048)
numbers = len(run.metrics) * len(run.study.shares) + len(run.drivers())
print(peak("all") - none, 8 * 50_000 * numbers)
"""


def test_to_keep_paths_takes_what_they_take():
    done = subprocess.run([sys.executable, "-c", KEPT], check=True, capture_output=True, text=True)
    grown, bytes_kept = map(int, done.stdout.split())
    assert grown < 1.2 * bytes_kept
