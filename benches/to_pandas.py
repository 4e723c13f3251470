"""How long a million paths at 21 shares take to reach pandas once the run stands.

Run with the Python that `make python` made: target/python/venv/bin/python benches/to_pandas.py [METRICS…]
"""

import statistics
import sys
import time

import pandas as pd
import pyarrow as pa

import wattshift as ws

ROUNDS = 5


def main():
    metrics = sys.argv[1:] or ["revenue"]
    run = ws.run("default", paths=1_000_000, keep=metrics, variations=False)
    shares = run.study.shares
    ways = {
        # A row per share and path, a column per metric: copied into blocks of pandas, or as views.
        "DataFrame.from_arrow(r.outcomes())": lambda: pd.DataFrame.from_arrow(run.outcomes()),
        "pa.table(r.outcomes()).to_pandas(split_blocks=True)": lambda: (
            pa.table(run.outcomes()).to_pandas(split_blocks=True)
        ),
        # A row per path, a column per metric and share.
        "DataFrame({(m, s): r.paths(m, s), …})": lambda: pd.DataFrame(
            {(m, s): run.paths(m, s) for m in metrics for s in shares}
        ),
    }
    # In turn, so that what else the machine does falls on all of them.
    rounds = []
    for _ in range(ROUNDS):
        rounds.append({})
        for way, frame in ways.items():
            began = time.perf_counter()
            made = frame()
            rounds[-1][way] = time.perf_counter() - began
            assert made.size >= run.study.paths * len(shares) * len(metrics)
            del made
    for way in ways:
        took = [each[way] for each in rounds]
        print(f"{way}: {statistics.median(took):.3f} s ({min(took):.3f} to {max(took):.3f})")


if __name__ == "__main__":
    main()
