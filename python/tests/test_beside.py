"""Stresses and panels: the rows are those of the command, the worlds those of the study."""

import numpy as np
import pandas as pd
import pytest

import wattshift as ws


def same(found, file):
    """Whether a table is a file of the command, to the bit."""
    read = pd.read_csv(file, keep_default_na=False)
    assert list(found) == list(read)
    for name in found:
        if found[name].dtype == float:
            ours, theirs = found[name].to_numpy(), pd.to_numeric(read[name], errors="coerce")
            assert np.array_equal(ours.view("u8"), theirs.to_numpy(float).view("u8")), name
        else:
            assert list(found[name]) == list(read[name].astype(found[name].dtype)), name


def test_stresses_are_those_of_the_command(command, tmp_path):
    words = ("stress", "default", "--paths", 2048, "--seed", 5, "--quiet")
    only = ("--only", "btc_2022", "--only", "glut_2027", "--out", tmp_path / "out")
    printed = command(*words, *only).stdout
    told = []
    report = lambda *at: told.append(at)  # noqa: E731
    found = ws.stress("default", ["btc_2022", "glut_2027"], paths=2048, seed=5, progress=report)
    same(found, tmp_path / "out" / "stress.csv")
    assert found.attrs["report"].splitlines()[0] == printed.splitlines()[0]
    assert told[-1] == (3 * 2048, 3 * 2048)
    # Those that come with wattshift, where none is named; and as the manifest kept them.
    all_of_them = ws.stress("default", paths=2048, seed=5)
    assert list(all_of_them["stress"].unique())[:3] == ["base", "glut_2027", "joint_riskoff"]
    assert all_of_them["stress"].nunique() == 8


def test_a_stress_in_words_is_the_file_that_says_so(tmp_path):
    file = tmp_path / "dear.toml"
    file.write_text('extends = "default"\n[mining]\npower_usd_per_mwh = 60.0\n')
    by_file = ws.stress(paths=2048, stresses=[file])
    by_words = ws.stress(paths=2048, stresses={"dear": {"mining.power_usd_per_mwh": 60.0}})
    pd.testing.assert_frame_equal(by_file, by_words, check_exact=True)
    own = ws.run("default", paths=2048, shares=[0, 0.2], variations=False)
    dear = ws.run(own.study.with_(**{"mining.power_usd_per_mwh": 60.0}), variations=False)
    metric = "margin_after_capital"
    rows = by_words[(by_words["metric"] == metric) & (by_words["measure"] == "mean")]
    for share in [0, 0.2]:
        base, moved = (
            rows[(rows["stress"] == name) & (rows["share"] == share)].iloc[0]
            for name in ("base", "dear")
        )
        assert base["value"] == own.estimate(metric, "mean", share).value
        assert moved["value"] == dear.estimate(metric, "mean", share).value
        # Differences of pairs of paths: their error is theirs, well below that of the values.
        paired = dear.paths(metric, share) - own.paths(metric, share)
        assert np.isclose(moved["difference"], paired.mean(), rtol=1e-9)
        assert 0 < moved["difference_std_error"] < 0.5 * moved["std_error"]


def test_stresses_that_are_none_are_refused():
    for stresses, words in [
        (["glut_2026"], "did you mean `glut_2027`"),
        ({"base": {}}, "none of them `base`"),
        ({"a": {"mining.uptme": 1}}, r"under the stress `a`: unknown key `uptme`"),
        ({"a": {"paths": 4096}}, "`paths` belongs to the question"),
        ({"a": {"extends": "default"}}, "extends none"),
        ({"a": {"mining.uptime": 2}, "b": {"mining.pool_fee": 2}}, r"(?s)stress `a`.*stress `b`"),
    ]:
        with pytest.raises(ws.InputError, match=words) as told:
            ws.stress("default", stresses, paths=2048)
    assert "stress()" in str(told.value) and "stress():" not in str(told.value)
    with pytest.raises(TypeError, match="a list of names"):
        ws.stress("default", "glut_2027")


def test_a_stress_may_be_without_what_the_study_has():
    study = ws.Study.load("company").with_(paths=2048)
    found = ws.stress(study, {"no treasury": {"value": None, "treasury": None}, "as it is": {}})
    assert list(found["stress"].unique()) == ["base", "no treasury", "as it is"]
    # What operates does not rest on the balance sheet.
    assert (found.loc[found["stress"] != "no treasury", "difference"] == 0).all()
    assert (found["difference"].abs() < 1e-3).all()


def test_a_panel_is_that_of_the_command(command, tmp_path):
    words = ("--paths", 2048, "--seed", 5, "--quiet", "--out", tmp_path / "out")
    printed = command("panel", "listed_miners", *words).stdout
    found = ws.panel("listed_miners", paths=2048, seed=5, threads=1)
    same(found, tmp_path / "out" / "panel.csv")
    assert found.attrs["report"].splitlines()[0] == printed.splitlines()[0]
    assert found["company"].nunique() > 3
    with pytest.raises(ws.InputError, match="from 2048"):
        ws.panel("listed_miners", paths=100)
