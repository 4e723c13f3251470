"""What is wrong is told as the command tells it."""

import subprocess

import pytest

import wattshift as ws


def test_the_text_is_that_of_the_command_every_problem_at_once(command, tmp_path):
    study = tmp_path / "bad.toml"
    study.write_text('extends = "default"\n[mining]\nuptme = 0.9\npool_fee = 7\n')
    with pytest.raises(subprocess.CalledProcessError) as theirs:
        command("check", study)
    with pytest.raises(ws.InputError) as ours:
        ws.Study.load(study)
    assert theirs.value.returncode == 2 and str(ours.value) + "\n" == theirs.value.stderr
    unknown, fee = ours.value.problems
    assert unknown["line"] == 3 and unknown["help"] == "did you mean `uptime`?"
    assert (fee["file"], fee["column"], fee["found"]) == (str(study), "pool_fee", "7")
    assert fee["what"] == "pool_fee is out of range" and "from 0" in fee["expected"]


def test_an_input_error_is_a_value_error():
    assert issubclass(ws.InputError, ValueError) and issubclass(ws.EngineError, RuntimeError)
    with pytest.raises(ValueError, match="there is no such file"):
        ws.run("no_such.toml")


def test_what_was_given_by_word_is_told_without_lines_that_nobody_wrote():
    with pytest.raises(ws.InputError) as told:
        ws.Study.default().with_(**{"btc_price.drift_per_year": "high", "fleet.tranches": "no.csv"})
    assert str(told.value) == (
        "error: there is no such file\n  --> no.csv\n   help     file names are relative to the folder "
        "of the study; it is named in with_(), `tranches`\n\n"
        'error: drift_per_year is not a number\n  --> with_(), `drift_per_year`\n   found    "high"\n'
        '   expected a number from -5 to 5, per year, "fitted" or "forward"'
    )


def test_names_and_numbers_that_a_run_does_not_have(small):
    for call, words in [
        (lambda: small.paths("revenu"), "did you mean `revenue`?"),
        (lambda: small.paths("revenue", 0.3), "one of 0, 0.2, 0.5"),
        (lambda: small.drivers("btc"), "btc_price, hashprice"),
        (lambda: small.explain(1, 2.0), "the share is out of range"),
        (lambda: ws.run(paths=100), "a whole number from 2048"),
        (lambda: ws.run(paths=2048, threads=0), "1 to 1024 threads"),
        (lambda: ws.market(threads=100_000), "1 to 1024 threads"),
        (lambda: ws.run(paths=2048, keep="some"), '"auto", "all", "none"'),
        (lambda: ws.run(paths=2048, keep=["x"]), "there is no such metric or driver"),
        (lambda: ws.Study.from_dict({"name": "x"}), "`as_of` is missing at the top"),
        (lambda: ws.Study.default().with_(extends="cap_20"), "extends none"),
    ]:
        with pytest.raises(ws.InputError) as told:
            call()
        assert words in str(told.value)
    for call in [lambda: small.estimate("revenue", "median"), lambda: small.csv("bridge")]:
        with pytest.raises(KeyError):
            call()


def test_a_path_beyond_the_run_is_no_path_of_it(small):
    for path in [4096, -1, 1 << 64, 10**30]:
        for call in [lambda: small.explain(path), lambda: ws.explain(small.study, path)]:  # noqa: B023
            with pytest.raises(ws.InputError, match=r"the run has no such path") as told:
                call()
            [problem] = told.value.problems
            assert problem["found"] == f"path {path}"
            assert problem["expected"] == "a path from 0 to 4,095"
            assert "number of paths" in problem["help"]
    assert len(small.explain(4095)) == 12
    longer = ws.explain(small.study.with_(paths=8192), 4096)
    assert len(longer) == 12
    with pytest.raises(TypeError):
        small.explain(1.5)


def test_what_the_data_cannot_support_is_a_calibration_error():
    default = ws.Study.default()
    files = {key: "" for key in default.to_dict()["data"]}
    with pytest.raises(ws.CalibrationError, match="names no history"):
        ws.calibrate(default.with_(data=files))


def test_numbers_of_paths_that_are_none_are_refused():
    with pytest.raises(OverflowError):
        ws.market(paths=-1)
    assert ws.market(paths=0)["btc_price"].shape[0] == 0


def test_more_than_there_is_memory_for_is_an_engine_error():
    with pytest.raises(ws.EngineError, match="cannot keep the markets"):
        ws.market(paths=1 << 60)
