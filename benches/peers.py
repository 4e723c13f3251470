#!/usr/bin/env python3
"""Speed and results of the reference sweep beside other programs that simulate the same world.

    cargo bench --bench reference -- 100000 1 > /dev/null      # builds it
    python3 benches/peers.py PEERS [PATHS] [ROUNDS]

PEERS is a text file of lines `name = command`, with {paths} where the command takes the number of
paths; lines that begin with # are skipped. A program prints a line of JSON with `n`, its paths;
`cpu_sim_min`, seconds of CPU of one simulation, or `cpu` of simulation and statistics with the wall
times of both, `t_sim` and `t_stats`; and `stats`: for each of 21 shares mean, sd
and the quantiles at 1, 5, 50, 95 and 99 % of the year's revenue in USD. `benches/reference/sweep.rs`
defines the world. Programs run in turn, round after round; the table has the median of each one's
rounds, how much faster wattshift is, and the largest deviation of its results from wattshift's in
standard errors, over mean, sd and quantiles at shares 0, 0.2, 0.5 and 1: about 3 by chance.
"""

import glob
import json
import math
import os
import shlex
import statistics
import subprocess
import sys

FACTOR_STEPS = 3 * 405
SHARES = (0, 4, 10, 20)
# Kurtosis of a year's revenue, and densities of the standard normal law at its quantiles: revenue is
# near to log-normal, which is enough for an error's size.
KURTOSIS = 4.6
DENSITIES = {0.01: 0.0267, 0.05: 0.1031, 0.5: 0.3989, 0.95: 0.1031, 0.99: 0.0267}


def run(command, paths):
    """The JSON that a program prints, or None."""
    words = [word.replace("{paths}", str(paths)) for word in shlex.split(command)]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except OSError as error:
        print(f"{words[0]}: {error}", file=sys.stderr)
        return None
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            return json.loads(line)
    print(f"{command}: no line of JSON\n{done.stderr[-500:]}", file=sys.stderr)
    return None


def ns(result):
    """Nanoseconds of CPU per factor-step."""
    seconds = result.get("cpu_sim_min")
    if seconds is None:
        # Of all CPU the part that went by while it simulated.
        simulated, told = result.get("t_sim", 1.0), result.get("t_stats", 0.0)
        seconds = result["cpu"] * simulated / (simulated + told)
    return 1e9 * seconds / (result["n"] * FACTOR_STEPS)


def deviation(ours, theirs):
    """The largest difference of two programs' results, in standard errors."""
    size = 1 / (1 / ours["n"] + 1 / theirs["n"])
    largest = 0.0
    for share in SHARES:
        a, b = ours["stats"][share], theirs["stats"][share]
        mean, sd = a[:2]
        errors = [sd / math.sqrt(size), sd * math.sqrt((KURTOSIS - 1) / 4 / size)]
        log_sd = math.sqrt(math.log(1 + (sd / mean) ** 2))
        for (p, density), quantile in zip(DENSITIES.items(), a[2:7]):
            errors.append(math.sqrt(p * (1 - p) / size) / density * log_sd * quantile)
        for x, y, error in zip(a, b, errors):
            largest = max(largest, abs(x - y) / error)
    return largest


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    paths = int(float(sys.argv[2])) if len(sys.argv) > 2 else 100_000
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    target = os.path.join(os.path.dirname(__file__), "..", "target", "release", "deps")
    built = [path for path in glob.glob(f"{target}/reference-*") if os.access(path, os.X_OK)]
    if not built:
        sys.exit("build the sweep first: cargo bench --bench reference -- 100000 1")
    programs = {"wattshift": f"{shlex.quote(max(built, key=os.path.getmtime))} {{paths}} 1"}
    with open(sys.argv[1], encoding="utf-8") as file:
        for line in file:
            if "=" in line and not line.startswith("#"):
                name, command = line.split("=", 1)
                programs[name.strip()] = command.strip()
    results = {name: [] for name in programs}
    for _ in range(rounds):
        for name, command in programs.items():
            result = run(command, paths)
            if result is not None:
                results[name].append(result)
    ours = results["wattshift"]
    ours_ns = statistics.median(map(ns, ours))
    print("| program | ns of CPU per factor-step | over wattshift | largest deviation | MB |")
    print("|---|---|---|---|---|")
    for name, rows in results.items():
        if not rows:
            continue
        median = statistics.median(map(ns, rows))
        memory = rows[0].get("maxrss_mb", 0)
        off = deviation(ours[0], rows[-1]) if rows is not ours else 0
        print(f"| {name} | {median:.2f} | {median / ours_ns:.2f} | {off:.1f} | {memory:.0f} |")


if __name__ == "__main__":
    main()
