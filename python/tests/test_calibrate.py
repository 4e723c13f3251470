"""Fits and checks are those of the command."""

import numpy as np
import pandas as pd

import wattshift as ws


def test_fits_are_those_of_the_command(command, tmp_path):
    (tmp_path / "fits.csv").write_text(command("calibrate", "default", "--format", "csv").stdout)
    theirs = pd.read_csv(tmp_path / "fits.csv", float_precision="round_trip", na_values=["none"])
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
    [value] = fits.loc[fits["key"] == "btc_price.drift_per_year", "value"].unique()
    assert np.isclose(study["btc_price.drift_per_year"], value, rtol=1e-3)


def test_check_says_what_the_command_says(command):
    assert ws.check("company") + "\n" == command("check", "company").stdout
