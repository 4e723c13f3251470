"""A run: the numbers are those of the command, to the bit, for any number of threads."""

import io
import json
import re
import shlex
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow.parquet as parquet
import pytest

import wattshift as ws


@pytest.mark.parametrize("study", ["default", "company", "vaneck_2024"])
def test_every_table_is_the_file_that_the_command_writes(command, tmp_path, study):
    words = ("run", study, "--paths", 4096, "--seed", 11, "--out", tmp_path / "out", "--quiet")
    command(*words, "--outcomes")
    run = ws.run(study, paths=4096, seed=11)
    for name in ["summary", "spread", "variations", "undisclosed", "bridge", "claim"]:
        file = tmp_path / "out" / f"{name}.csv"
        if file.exists():
            assert run.csv(name) == file.read_text(), name
    theirs = (tmp_path / "out" / "manifest.json").read_text()
    assert json.loads(run.manifest) == {**json.loads(theirs), "outcomes": False}
    # Read by another reader than ours, the bits are the same.
    summary = run.summary()
    read = pd.read_csv(tmp_path / "out" / "summary.csv")
    assert list(summary) == list(read)
    for name in summary:
        ours, own = summary[name], read[name]
        if ours.dtype == float:
            assert (ours.to_numpy().view("u8") == own.to_numpy(float).view("u8")).all(), name
        else:
            assert (ours == own).all(), name
    outcomes = pd.read_parquet(tmp_path / "out" / "outcomes.parquet")
    ours = pd.DataFrame.from_arrow(run.outcomes())
    assert set(ours) == set(outcomes)
    in_order = outcomes.sort_values(["share", "path"], kind="stable").reset_index(drop=True)
    pd.testing.assert_frame_equal(ours, in_order.astype(ours.dtypes), check_exact=True)


def test_the_verdict_and_the_report_are_those_of_the_command(command, tmp_path):
    words = ("run", "default", "--paths", 4096, "--out", tmp_path / "out", "--quiet")
    printed = command(*words).stdout
    run = ws.run(paths=4096)
    assert run.report(120) == printed
    assert " ".join(run.verdict().split()) in " ".join(printed.split())
    assert run.verdict() in repr(run)


def test_a_manifest_of_the_command_is_the_same_study(command, tmp_path):
    command("run", "hive", "--paths", 2048, "--seed", 3, "--out", tmp_path / "out", "--quiet")
    study = ws.Study.load(tmp_path / "out" / "manifest.json")
    assert (study.name, study.paths, study.seed) == ("hive", 2048, 3)
    assert ws.run(study).csv("summary") == (tmp_path / "out" / "summary.csv").read_text()


def test_tables_by_name_have_the_rows_of_their_csv():
    run = ws.run("vaneck_2024", paths=2048)
    for name in ["spread", "variations", "undisclosed", "bridge", "claim"]:
        table, read = getattr(run, name)(), pd.read_csv(io.StringIO(run.csv(name)))
        assert (list(table), len(table)) == (list(read), len(read)), name
    below = run.claim()["share_of_worlds_below"]
    assert len(below) and below.between(0, 1).all()


def test_a_folder_of_parquet_is_told_to_be_one_where_a_page_is_asked_for(command, tmp_path, small):
    folder = small.to_parquet(tmp_path / "run")
    with pytest.raises(subprocess.CalledProcessError) as told:
        command("report", folder)
    assert told.value.returncode == 2
    assert "Parquet tables of a run, as Python writes them" in told.value.stderr
    words = re.search("`wattshift (.*)` makes", told.value.stderr)[1]
    command(*shlex.split(words), cwd=tmp_path)
    assert list(tmp_path.glob("runs/*/report.html"))


def test_paths_of_a_merged_run_were_not_kept_and_the_cure_is_one(command, tmp_path):
    common = ("default", "--paths", 2048, "--out", tmp_path, "--quiet")
    for index in [1, 2]:
        command("run", *common, "--slice", f"{index}/2")
    merged = ws.merge(tmp_path, variations=False)
    for run in [merged, ws.run(merged.study, keep=["power_cost"], variations=False)]:
        with pytest.raises(ws.InputError, match="were not kept") as told:
            run.paths("revenue", 0.2)
        assert "what is merged from files keeps none" in told.value.problems[0]["expected"]
        assert 'keep=["revenue"]' in told.value.problems[0]["help"]
    again = ws.run(merged.study, keep=["revenue"], variations=False)
    assert len(again.paths("revenue", 0.2)) == 2048


def test_a_manifest_of_ours_is_run_by_the_command(command, tmp_path, small):
    folder = small.to_parquet(tmp_path / "run")
    words = ("run", folder / "manifest.json", "--out", tmp_path / "again", "--quiet")
    command(*words)
    assert (tmp_path / "again" / "summary.csv").read_text() == small.csv("summary")


def test_threads_keep_and_progress_change_no_bit(small):
    same = dict(paths=4096, seed=7, shares=[0, 0.2, 0.5])
    for options in [
        {"threads": 1},
        {"threads": 3},
        {"keep": "none"},
        {"progress": lambda *_: None},
    ]:
        other = ws.run("default", **same, **options)
        assert other.csv("summary") == small.csv("summary"), options
    one, two = (ws.run("default", **same, threads=n) for n in (1, 2))
    assert np.array_equal(one.paths("revenue", 0.5), two.paths("revenue", 0.5))


def test_another_seed_is_another_run(small):
    other = ws.run("default", paths=4096, seed=8, shares=[0, 0.2, 0.5])
    assert not np.array_equal(other.paths("revenue"), small.paths("revenue"))


def test_the_paths_have_the_moments_of_the_summary(small):
    revenue = small.paths("revenue", share=0.2)
    assert np.isclose(revenue.mean(), small.estimate("revenue", "mean", 0.2).value, rtol=1e-12)
    assert (
        np.sort(revenue)[int(np.ceil(0.05 * 4096)) - 1]
        == small.estimate("revenue", "quantile_0.05", 0.2).value
    )
    price = small.drivers("btc_price")
    assert np.isclose(price.mean(), small.estimate("btc_price", "mean", 0.2).value, rtol=1e-12)


def test_explain_walks_the_path_that_was_run(small):
    months = small.explain(path=123, share=0.2)
    total = sum(months[name].sum() for name in months if name.startswith("revenue_"))
    assert np.isclose(total, small.paths("revenue", 0.2)[123], rtol=1e-12)
    assert any("hall" in note for note in months.attrs["notes"])


def test_what_is_kept_is_what_was_asked_for():
    run = ws.run(paths=2048, keep=["revenue", "gpu_rate"])
    assert list(run.metrics) == ["revenue"] and list(run.drivers()) == ["gpu_rate"]
    assert run.paths("revenue").shape == run.drivers("gpu_rate").shape == (2048,)
    with pytest.raises(ws.InputError, match=r'keep=\["power_cost"\]'):
        run.paths("power_cost")
    with pytest.raises(ws.InputError, match="were not kept"):
        ws.run(paths=2048, keep="none").outcomes()


def test_the_frontier_marks_who_is_beaten_in_both(small):
    rows = small.frontier("revenue")
    for _, own in rows.iterrows():
        better = (rows["mean"] >= own["mean"]) & (rows["tail_mean_0.05"] >= own["tail_mean_0.05"])
        assert own["is_dominated"] == (better.sum() > 1)
    assert (rows["mean_std_error"] > 0).all()
    assert rows["mean"].iloc[1] == small.estimate("revenue", "mean", 0.2).value
    with pytest.raises(ws.InputError, match="one of revenue"):
        small.frontier("btc_price")


def test_to_parquet_holds_the_tables_and_leaves_nothing_else(small, tmp_path):
    folder = small.to_parquet(tmp_path / "run")
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["manifest.json", "outcomes.parquet", "summary.parquet"]
    pd.testing.assert_frame_equal(
        parquet.read_table(folder / "summary.parquet").to_pandas(),
        small.summary(),
        check_dtype=False,
    )
    outcomes = parquet.read_table(folder / "outcomes.parquet")
    revenue = outcomes["revenue_usd"].to_numpy().reshape(3, 4096)
    assert np.array_equal(revenue[1], small.paths("revenue", 0.2))


def test_to_parquet_takes_the_place_of_its_own_and_of_nothing_else(command, small, tmp_path):
    folder = small.to_parquet(tmp_path / "run")
    other = ws.run(small.study.with_(seed=9), keep="none")
    assert other.to_parquet(folder) == folder
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json", "summary.parquet"]
    assert (folder / "manifest.json").read_text() == other.manifest
    assert parquet.read_metadata(folder / "summary.parquet").metadata[b"wattshift.seed"] == b"9"
    command("run", "default", "--paths", 2048, "--out", tmp_path / "command", "--quiet")
    before = sorted((tmp_path / "command").iterdir())
    with pytest.raises(FileExistsError, match="holds a run that wattshift wrote"):
        small.to_parquet(tmp_path / "command")
    assert sorted((tmp_path / "command").iterdir()) == before


def test_progress_tells_every_path_once_and_in_order():
    told = []
    ws.run(paths=20_000, progress=lambda done, total: told.append((done, total)))
    done, total = told[-1]
    assert done == total > 20_000 and told == sorted(told)


def test_progress_is_a_bar_or_a_line_or_nothing(monkeypatch, capsys):
    ws.run(paths=2048, shares=[0.2])
    assert capsys.readouterr() == ("", "")
    ws.run(paths=2048, shares=[0.2], progress=True)
    assert "paths" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    ws.run(paths=20_000, shares=[0.2], progress=True)
    out, err = capsys.readouterr()
    assert out == "" and err.splitlines()[-1].startswith("100 % (")


def test_a_report_that_fails_stops_the_run():
    def fail(done, total):
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        ws.run(paths=50_000_000, shares=[0.2], keep="none", progress=fail)


def test_html_is_plain_and_whole(small):
    from html.parser import HTMLParser

    class Reader(HTMLParser):
        open, rows = [], 0

        def handle_starttag(self, tag, attrs):
            self.rows += tag == "tr"
            if tag not in ("line", "rect", "circle"):
                self.open.append(tag)

        def handle_endtag(self, tag):
            if tag not in ("line", "rect", "circle"):
                assert self.open.pop() == tag

    html, reader = small._repr_html_(), Reader()
    reader.feed(html)
    assert not reader.open and reader.rows == 2 + 3
    assert "<script" not in html and "million USD" in html and "±" in html
    assert "<svg" in html and "aria-label" in html


def test_a_missing_package_is_named(small, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"summary\(\) needs pandas.*pip install pandas"):
        small.summary()
    assert small.csv("summary").startswith("company,model,share")
    assert io.StringIO(small.csv("summary")).readline()


def test_an_estimate_reads_as_in_the_tables(small):
    mean = small.estimate("revenue", "mean", share=0.2)
    assert (
        str(mean) == f"{mean}" == f"{mean.value / 1e6:.0f} ±{mean.std_error / 1e6:.0f} million USD"
    )
    assert f"{mean:>30}" == str(mean).rjust(30)
    won = small.estimate("revenue_gain", "probability_win", share=0.2)
    assert f"{won:%}".endswith(" %") and f"{won:%}".split()[0].startswith("99.")
