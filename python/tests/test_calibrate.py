"""Fits and checks are those of the command."""

import numpy as np
import pandas as pd

import wattshift as ws


def test_fits_are_those_of_the_command(command, tmp_path):
    (tmp_path / "fits.csv").write_text(command("calibrate", "default", "--format", "csv").stdout)
    theirs = pd.read_csv(tmp_path / "fits.csv", na_values=["none"])
    ours = ws.calibrate("default")
    assert list(ours) == list(theirs)
    for name in ["value", "std_error", "robust_std_error", "study_value", "observations"]:
        assert np.array_equal(ours[name], theirs[name], equal_nan=True), name
    assert list(ours["key"]) == list(theirs["key"])
    assert ours.attrs["warnings"] and "[btc_price" in ours.attrs["toml"]


def test_a_fitted_fragment_can_be_laid_over_the_study():
    import tomllib

    fits = ws.calibrate("default")
    fragment = tomllib.loads(fits.attrs["toml"])
    study = ws.Study.default().with_(**fragment)
    laid = {f"{table}.{key}": v for table, own in fragment.items() for key, v in own.items()}
    assert laid.keys() & set(fits["key"])
    assert all(study[key] == value for key, value in laid.items() if not isinstance(value, dict))


def test_check_says_what_the_command_says(command):
    assert ws.check("company") + "\n" == command("check", "company").stdout
