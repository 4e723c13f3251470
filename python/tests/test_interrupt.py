"""Ctrl-C stops long work within a second, and nothing is left behind."""

import os
import signal
import subprocess
import sys
import time

import pytest

LONG = {
    "run": 'ws.run("default", paths=100_000_000, keep="none", progress=report)',
    "market": 'ws.market("default", paths=200_000, progress=report)',
    "sample": "report(0, 0); law.sample(paths=400_000_000)",
}

SCRIPT = """
import sys, time
import wattshift as ws
law = ws.models.Gbm(volatility_per_sqrt_year=0.5)
def report(done, total):
    print("begun", flush=True)
try:
    {work}
except KeyboardInterrupt:
    print("stopped", flush=True)
    # The interpreter is as it was.
    print(ws.run(paths=2048, shares=[0.2]).study.paths, flush=True)
"""


@pytest.mark.parametrize("work", LONG)
def test_ctrl_c_stops_within_a_second(work, tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT.format(work=LONG[work])],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    ) as process:
        assert process.stdout.readline() == "begun\n"
        time.sleep(0.2)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        line = process.stdout.readline()
        while line == "begun\n":
            line = process.stdout.readline()
        assert line == "stopped\n"
        assert time.monotonic() - began < 1.0
        assert process.stdout.readline() == "2048\n"
    assert process.returncode == 0
    assert os.listdir(tmp_path) == []


def test_other_threads_of_python_go_on():
    import threading

    import wattshift as ws

    counted = 0
    is_done = threading.Event()

    def count():
        nonlocal counted
        while not is_done.is_set():
            counted += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    began = time.monotonic()
    ws.run("default", paths=50_000, threads=1)
    took = time.monotonic() - began
    is_done.set()
    thread.join()
    # One core or many: with the lock held, it would not have counted at all.
    assert counted > 50 * took
