"""A run over workers has the bits of one run, however it was cut, and whatever happens to them."""

import concurrent.futures
import io
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from distributed import Client, LocalCluster

import wattshift as ws
from wattshift import _executors, _lib

SPAWN = multiprocessing.get_context("spawn")
# 131 groups of 64 paths, the last cut short: slices end within replications.
STUDY = ws.Study.load("company").with_(paths=8365, seed=11, shares=[0, 0.2, 0.5])
TABLES = ["summary", "spread", "variations", "undisclosed"]


@pytest.fixture(scope="module")
def whole():
    return ws.run(STUDY)


@pytest.fixture(scope="module")
def client():
    options = {"processes": True, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(n_workers=2, **options) as cluster, Client(cluster) as own:
        yield own


def pool():
    return ProcessPoolExecutor(2, mp_context=SPAWN)


def assert_same(run, whole):
    """The same bits in every table and on every path."""
    for table in TABLES:
        assert run.csv(table) == whole.csv(table), table
    assert run.metrics == whole.metrics and run.drivers() == whole.drivers()
    for metric in whole.metrics:
        for share in whole.study.shares:
            one, other = run.paths(metric, share), whole.paths(metric, share)
            assert np.array_equal(one.view("u8"), other.view("u8")), (metric, share)
    for driver in whole.drivers():
        assert np.array_equal(run.drivers(driver), whole.drivers(driver)), driver
    assert run.manifest == whole.manifest


@pytest.mark.parametrize("slices", [1, 2, 3, 7])
def test_dask_has_the_bits_of_one_run(client, whole, slices):
    assert_same(ws.run(STUDY, executor=client.get_executor(), slices=slices), whole)


def test_threads_and_processes_have_the_bits_of_one_run(whole):
    with ThreadPoolExecutor(2) as threads:
        assert_same(ws.run(STUDY, executor=threads, slices=7, threads=2), whole)
    with pool() as processes:
        assert_same(ws.run(STUDY, executor=processes, slices=2), whole)
    # A function that makes one, and a client for its executor, do as well.
    assert_same(ws.run(STUDY, executor=pool, slices=3), whole)


def test_a_client_of_dask_stands_for_its_executor(client, whole):
    assert ws.run(STUDY, executor=client, variations=False).csv("summary") == whole.csv("summary")


class Recorder(concurrent.futures.Executor):
    """Does the work at once, and keeps what went out and came back."""

    def __init__(self, workers=None, change=lambda told, index: told):
        self.sent, self.told, self.change = [], [], change
        if workers:
            self._max_workers = workers

    def submit(self, fn, /, *args):
        future = Future()
        self.sent.append(args)
        try:
            told = self.change(fn(*args), args[1])
            self.told.append(told)
            future.set_result(told)
        except Exception as error:
            future.set_exception(error)
        return future


def test_what_crosses_is_outcomes_alone_and_what_was_asked_for(whole):
    some = Recorder()
    run = ws.run(STUDY, executor=some, slices=3, keep=["revenue", "gpu_rate"], variations=False)
    assert np.array_equal(run.paths("revenue", 0.5), whole.paths("revenue", 0.5))
    assert np.array_equal(run.drivers("gpu_rate"), whole.drivers("gpu_rate"))
    assert sum(outcomes.nbytes for _, outcomes, _ in some.told) == 8 * 3 * 8365
    assert sum(drivers.nbytes for _, _, drivers in some.told) == 8 * 8365
    none = Recorder()
    run = ws.run(STUDY, executor=none, slices=3, keep="none", variations=False)
    assert run.csv("summary") == whole.csv("summary") and run.metrics == {}
    assert all(outcomes.size == drivers.size == 0 for _, outcomes, drivers in none.told)


def test_a_slice_is_the_file_that_the_command_writes(command, tmp_path):
    study = STUDY.with_(paths=4096)
    study_file = tmp_path / "manifest.json"
    study_file.write_text(study._engine.manifest())
    command("run", study_file, "--slice", "2/3", "--out", tmp_path / "slices", "--quiet")
    theirs = (tmp_path / "slices" / "slice-2-of-3.part").read_bytes()
    assert _lib.slice(study._engine, 2, 3, 1, "none")[0] == theirs


def test_slices_by_themselves_are_a_few_a_worker_and_none_small_or_long():
    few = [(2048, 2, 1), (60_000, 2, 2), (10**5, 8, 4), (10**6, 8, 32)]
    for paths, workers, slices in [*few, (2 * 10**6, 2, 20), (10**9, 2, 10_000)]:
        assert _executors._slices(Recorder(workers), paths) == slices


def test_progress_tells_the_slices_then_the_variations():
    told = []
    ws.run(STUDY, executor=Recorder(), slices=3, progress=lambda *at: told.append(at))
    done, total = told[-1]
    assert done == total > 8365 and told == sorted(told)
    assert 8365 in [done for done, _ in told]


class Lost(Exception):
    """As some executor tells that a worker is lost."""


def losing(times):
    """Loses slice 2 so many times."""
    left = [times]

    def change(told, index):
        if index == 2 and left[0]:
            left[0] -= 1
            raise Lost
        return told

    return change


def test_a_slice_that_is_lost_is_sent_out_again(whole):
    some = Recorder(change=losing(2))
    run = ws.run(STUDY, executor=some, slices=3, variations=False)
    assert run.csv("summary") == whole.csv("summary")
    # Whoever keeps results by their arguments sees another try.
    assert [args[1] for args in some.sent] == [1, 2, 3, 2, 2]
    assert len({args[1:] for args in some.sent}) == 5
    with pytest.raises(Lost) as told:
        ws.run(STUDY, executor=Recorder(change=losing(3)), slices=3)
    assert told.value.__notes__ == ["slice 2/3 was lost 3 times"]


def killing(pids):
    """A progress that kills a worker when the first slice has come: others are under way."""
    left = [1]

    def report(done, total):
        if left:
            left.clear()
            os.kill(next(iter(pids())), signal.SIGKILL)

    return report, left


def test_a_worker_of_dask_that_is_killed_changes_nothing(client, whole):
    pids = client.run(os.getpid).values()
    report, left = killing(lambda: pids)
    assert_same(ws.run(STUDY, executor=client.get_executor(), slices=9, progress=report), whole)
    assert not left and set(client.run(os.getpid).values()) != set(pids)


def test_a_pool_that_lost_a_worker_is_made_again_where_one_may(whole):
    with pool() as given:
        report, left = killing(lambda: given._processes)
        with pytest.raises(
            ws.EngineError, match=r"a worker died.*; \d of 9 slices were done"
        ) as told:
            ws.run(STUDY, executor=given, slices=9, progress=report)
    assert not left and "executor=lambda: ProcessPoolExecutor(2)" in str(told.value)
    made = []

    def make():
        made.append(pool())
        return made[-1]

    report, left = killing(lambda: made[0]._processes)
    assert_same(ws.run(STUDY, executor=make, slices=9, progress=report), whole)
    assert not left and len(made) == 2


def test_what_is_wrong_is_told_as_without_workers(client):
    executor = client.get_executor()
    with pytest.raises(ws.InputError, match="there is no such metric or driver"):
        ws.run(STUDY, executor=executor, keep=["revenu"])
    for slices in [0, 10_001]:
        with pytest.raises(ws.InputError, match="slices of 1 to 10000"):
            ws.run(STUDY, executor=executor, slices=slices)
    for threads in [0, 65_536]:
        with pytest.raises(ws.InputError, match="1 to 1024 threads") as told:
            ws.run(STUDY, executor=executor, threads=threads)
        # What a worker raised is whole.
        assert told.value.problems[0]["found"] == str(threads)
    with pytest.raises(TypeError, match="executor is a int"):
        ws.run(STUDY, executor=3)
    with pytest.raises(TypeError, match="none is given"):
        ws.run(STUDY, slices=3)


def test_an_error_keeps_its_problems_on_its_way():
    with pytest.raises(ws.InputError) as told:
        STUDY.with_(**{"mining.uptme": 1})
    again = pickle.loads(pickle.dumps(told.value))
    assert (str(again), again.problems) == (str(told.value), told.value.problems)


def part(study, index, count):
    return _lib.slice(study._engine, index, count, 1, "none")


def test_a_slice_of_another_run_or_cut_or_that_came_already_is_refused():
    for change, words in [
        ({"seed": 12}, "seed 12"),
        ({"paths": 8301}, "8301 paths"),
        ({"mining.uptime": 0.5}, "the slices are of different runs"),
    ]:
        other = part(STUDY.with_(**change), 2, 3)
        with pytest.raises(ws.InputError, match="of a worker") as told:
            ws.run(
                STUDY, executor=Recorder(change=lambda own, _, o=other: o), slices=3, keep="none"
            )
        assert words in str(told.value) and "as in this run" in str(told.value)
    for own, words in [
        (part(STUDY, 2, 4), "the run was cut in different ways"),
        (part(STUDY, 1, 3), "a slice is named twice"),
    ]:
        change = lambda told, index: own if index == 2 else told  # noqa: B023, E731
        with pytest.raises(ws.InputError, match=words):
            ws.run(STUDY, executor=Recorder(change=change), slices=3, keep="none")
    slices = _lib.Slices(STUDY._engine, 9, "none", True)
    slices.add("a", *part(STUDY, 9, 9))
    with pytest.raises(ws.InputError, match=r"1 of 9\"\n.*also 1, 2, 3, 4, 5, 6, 7, 8"):
        slices.whole(None, None)


def test_bytes_that_are_no_slice_of_this_version_are_refused():
    for change, words in [
        (lambda told: b"PK" + told[2:], "this is no part of a run"),
        (lambda told: told.replace(ws.__version__.encode(), b"0.0.9", 1), "another version"),
        (lambda told: told[:-100] + b"x" + told[-99:], "this part of a run is damaged"),
    ]:
        changed = Recorder(change=lambda told, _: (change(told[0]), *told[1:]))  # noqa: B023
        with pytest.raises(ws.InputError, match=words):
            ws.run(STUDY, executor=changed, slices=2, keep="none")
    short = Recorder(change=lambda told, _: (told[0], told[1][1:], told[2]))
    with pytest.raises(ws.InputError, match="other outcomes than were asked for"):
        ws.run(STUDY, executor=short, slices=2)


def test_files_of_the_command_are_merged_to_the_run(command, tmp_path, whole):
    study = tmp_path / "manifest.json"
    study.write_text(STUDY._engine.manifest())
    for index in [2, 1, 3]:
        words = ("--slice", f"{index}/3", "--out", tmp_path / "slices", "--quiet")
        command("run", study, *words)
    run = ws.merge(tmp_path / "slices")
    for table in TABLES:
        assert run.csv(table) == whole.csv(table), table
    assert run.study == STUDY and run.metrics == {}
    files = sorted((tmp_path / "slices").iterdir())
    for named, words in [
        (files[:2], "also 3"),
        (files + files[:1], "a slice is named twice"),
        ([tmp_path / "no.part"], "there is no such file"),
        ([], "no slice is named"),
    ]:
        with pytest.raises(ws.InputError, match=words):
            ws.merge(*named)


INTERRUPTED = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
import wattshift as ws
if __name__ == "__main__":
    pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
    submit, futures = pool.submit, []
    def kept(*words):
        futures.append(submit(*words))
        return futures[-1]
    pool.submit = kept
    def report(done, total):
        print("begun", flush=True)
    try:
        ws.run(paths=2_000_000, keep="none", executor=pool, slices=400, progress=report)
    except KeyboardInterrupt:
        print("stopped", sum(future.cancelled() for future in futures) > 300, flush=True)
"""


def test_ctrl_c_takes_back_what_no_worker_has_begun(tmp_path):
    lines, _ = told_after_ctrl_c(tmp_path, INTERRUPTED, seconds=0)
    assert [line for line in lines if line != "begun"] == ["stopped True"]


class Interrupted(ThreadPoolExecutor):
    """Ctrl-C comes while it has locks, as it were: in the midst of taking a slice, or of taking one back."""

    def __init__(self, when, times=1):
        super().__init__(1)
        self.when, self.times, self.begun, self.ended = when, times, [], []

    def once(self, what, do):
        self.begun.append(what)
        if what == self.when and self.begun.count(what) == 1:
            for _ in range(self.times):
                signal.raise_signal(signal.SIGINT)
        told = do()
        self.ended.append(what)
        return told

    def submit(self, *words):
        future = self.once("submit", lambda: super(Interrupted, self).submit(*words))
        for name in ("add_done_callback", "result", "cancel"):
            own = getattr(future, name)
            done = partial(lambda name, own, *words: self.once(name, lambda: own(*words)), name, own)
            setattr(future, name, done)
        return future


@pytest.mark.parametrize("when", ["submit", "add_done_callback", "result"])
def test_ctrl_c_leaves_no_lock_of_an_executor_taken(when):
    handler = signal.getsignal(signal.SIGINT)
    pool = Interrupted(when)
    with pytest.raises(KeyboardInterrupt):
        ws.run(STUDY, executor=pool, slices=8, keep="none")
    assert pool.begun == pool.ended and when in pool.begun
    assert "cancel" in pool.begun
    assert signal.getsignal(signal.SIGINT) is handler
    pool.shutdown()


def test_a_second_ctrl_c_is_heard_at_once():
    handler = signal.getsignal(signal.SIGINT)
    pool = Interrupted("submit", times=2)
    with pytest.raises(KeyboardInterrupt):
        ws.run(STUDY, executor=pool, slices=8, keep="none")
    assert (pool.begun, pool.ended) == (["submit"], [])
    assert signal.getsignal(signal.SIGINT) is handler
    pool.shutdown()


def told_after_ctrl_c(folder, script, seconds=1):
    """What a script says after its line ``begun`` once it is interrupted so many seconds later, and how it
    ends."""
    (folder / "own.py").write_text(script)
    words = {"stdout": subprocess.PIPE, "text": True, "cwd": folder, "start_new_session": True}
    with subprocess.Popen([sys.executable, "own.py"], **words) as process:
        assert process.stdout.readline() == "begun\n"
        # The slices are under way.
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        # Its output ends when no thread or process of it has it open any more.
        try:
            told = process.communicate(timeout=60)[0].splitlines()
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return told, process.returncode


THREADS = """
from concurrent.futures import ThreadPoolExecutor
import wattshift as ws
print("begun", flush=True)
try:
    # Minutes of work.
    ws.run(paths=20_000_000, keep="none", executor=ThreadPoolExecutor(2), slices=2)
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


def test_ctrl_c_ends_slices_in_threads(tmp_path):
    assert told_after_ctrl_c(tmp_path, THREADS) == (["stopped"], 0)
    over = _executors.Over()
    over.is_set = True
    assert not pickle.loads(pickle.dumps(_executors.Over())).is_set
    manifest = _executors.packed(STUDY._engine)
    with pytest.raises(concurrent.futures.CancelledError):
        _executors.made(manifest, 1, 1, 1, "none", over, 1)


OWN_POOL = """
import multiprocessing, os
from concurrent.futures import ProcessPoolExecutor
import wattshift as ws
def begun():
    os.write(1, b"begun\\n")
def pool():
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(2, mp_context=spawn, initializer=begun)
if __name__ == "__main__":
    try:
        # Half an hour of work.
        ws.run(paths=200_000_000, keep="none", executor=pool, slices=2)
    except KeyboardInterrupt:
        print("stopped", flush=True)
"""


def test_ctrl_c_ends_the_workers_of_a_pool_that_was_made_here(tmp_path):
    told, code = told_after_ctrl_c(tmp_path, OWN_POOL)
    # The second worker may have begun as well.
    assert (told[-1], code) == ("stopped", 0)


def test_an_executor_that_ends_its_workers_by_itself_is_asked_to():
    # As that of Python 3.14 does.
    ended = []

    def make():
        made = Recorder(change=losing(3))
        made.terminate_workers = lambda: ended.append(made)
        return made

    with pytest.raises(Lost):
        ws.run(STUDY, executor=make, slices=3)
    assert len(ended) == 1


def test_without_variations_no_other_bit_moves(whole):
    for options in [{}, {"executor": Recorder(), "slices": 2}]:
        run = ws.run(STUDY, variations=False, **options)
        for table in ["summary", "spread", "undisclosed"]:
            assert run.csv(table) == whole.csv(table), table
        with pytest.raises(KeyError, match=r"variations=False"):
            run.variations()
        assert run.verdict() == whole.verdict() and run.manifest == whole.manifest
        assert run.report().splitlines()[0] == whole.report().splitlines()[0]
    assert io.StringIO(whole.csv("variations")).readline()
