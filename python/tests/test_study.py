"""Studies by name, file, dict, and with other values laid over them."""

import copy
import datetime
import io
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest

import wattshift as ws

FLEET = {"tranche": ["north", "south"], "gross_mw": [40.0, 60.0], "efficiency_j_per_th": [19, 24]}


def test_every_study_that_comes_with_wattshift_is_known_by_name():
    for name in ws.names():
        assert ws.Study.load(name).name == name


def test_with_lays_values_over_by_dotted_key():
    default = ws.Study.default()
    study = default.with_(
        paths=np.int64(4096),
        seed=3,
        shares=np.array([0, 0.25]),
        **{"btc_price.drift_per_year": 0.1, "mining": {"uptime": 0.9}},
    )
    assert (study.paths, study.seed, study.shares) == (4096, 3, [0.0, 0.2, 0.25])
    assert (study["btc_price.drift_per_year"], study["mining.uptime"]) == (0.1, 0.9)
    # It is another study; the first is as it was, and laying the same twice changes nothing.
    assert default["mining.uptime"] != 0.9 and default == ws.Study.load("default") != study
    assert study.with_(seed=3) == study and hash(study.with_(seed=3)) == hash(study)
    moved = ws.run(study).estimate("revenue", "mean")
    assert moved.value != ws.run(default, paths=4096, seed=3).estimate("revenue", "mean").value


def test_what_is_said_by_words_is_what_a_file_says(tmp_path):
    (tmp_path / "own.toml").write_text(
        'extends = "default"\nname = "own"\npaths = 8192\n'
        "shares = { from = 0.0, to = 0.2, step = 0.1 }\n"
        "as_of = 2026-07-31\n[btc_price]\nmodel = { gbm = 0.5, kou = 0.5 }\n"
        "[btc_price.kou]\nvolatility_per_sqrt_year = 0.4\njumps_per_year = 3.0\n"
        "jump_up_probability = 0.5\njump_up_log_mean = 0.07\njump_down_log_mean = 0.08\n"
        '[basis]\n"btc_price.model" = "assumption: two of them"\n'
    )
    values = {
        "extends": "default",
        "name": "own",
        "paths": 8192,
        "shares": {"from": 0.0, "to": 0.2, "step": 0.1},
        "as_of": datetime.date(2026, 7, 31),
        "btc_price": {
            "model": {"gbm": 0.5, "kou": 0.5},
            "kou": {
                "volatility_per_sqrt_year": 0.4,
                "jumps_per_year": 3.0,
                "jump_up_probability": 0.5,
                "jump_up_log_mean": 0.07,
                "jump_down_log_mean": 0.08,
            },
        },
        "basis.btc_price.model": "assumption: two of them",
    }
    loaded, given = ws.Study.load(tmp_path / "own.toml"), ws.Study.from_dict(values)
    assert given == loaded
    assert ws.run(given).csv("summary") == ws.run(loaded).csv("summary")
    key, _, basis = next(a for a in given.assumptions() if a[0] == "btc_price.model")
    assert (key, basis) == ("btc_price.model", "assumption: two of them")


def test_a_dict_extends_a_file_beside(tmp_path):
    (tmp_path / "base.toml").write_text(
        'extends = "default"\nname = "base"\n[mining]\nuptime = 0.5\n'
    )
    study = ws.Study.from_dict({"extends": "base.toml", "name": "own"}, folder=tmp_path)
    assert (study.name, study["mining.uptime"]) == ("own", 0.5)


@pytest.mark.parametrize(
    "table", [pd.DataFrame(FLEET), pl.DataFrame(FLEET)], ids=["pandas", "polars"]
)
def test_a_table_stands_in_for_a_file(table, tmp_path):
    pd.DataFrame(FLEET).to_csv(tmp_path / "fleet.csv", index=False)
    own = {"paths": 2048, "shares": [0, 0.2]}
    given = ws.Study.default().with_(**{"fleet.tranches": table}, **own)
    by_file = ws.Study.default().with_(**{"fleet.tranches": tmp_path / "fleet.csv"}, **own)
    assert ws.run(given).csv("summary") == ws.run(by_file).csv("summary")
    assert "fleet.tranches (DataFrame): 2 rows" in ws.check(given)
    # The table travels in the manifest.
    assert "north" in ws.run(given).manifest


def test_a_series_stands_in_for_a_history():
    days = pd.date_range("2024-01-01", "2026-07-30")
    price = pd.Series(60.0 + np.arange(len(days)) / 100, index=days)
    study = ws.Study.default().with_(**{"data.power_price": {"file": price, "unit": "USD/MWh"}})
    assert f"data.power_price (Series): {len(days)} rows, 2024-01-01 to 2026-07-30" in ws.check(
        study
    )
    assert "power_price" in " ".join(ws.calibrate(study)["key"])


def test_a_study_is_equal_by_what_it_reads_and_goes_to_another_process():
    table = pd.DataFrame(FLEET)
    study = ws.Study.default().with_(paths=2048, **{"fleet.tranches": table})
    more = study.with_(**{"fleet.tranches": table.assign(gross_mw=[50.0, 60.0])})
    sent = pickle.loads(pickle.dumps(study))
    assert sent == study != more and copy.copy(study) == study
    assert ws.run(sent).csv("summary") == ws.run(study).csv("summary")


def test_none_takes_a_key_or_a_table_out():
    company = ws.Study.load("company")
    # The basis goes along, and what is not there is no more than not there.
    bare = company.with_(value=None, treasury=None, data={"rent": None}, claim=None)
    # A study writes every history, that it names none with "".
    assert "treasury" in company.to_dict() and company["data.rent"].endswith(".csv")
    assert "treasury" not in bare.to_dict() and bare["data.rent"] == ""
    assert not [key for key, _, _ in bare.assumptions() if key.startswith("treasury")]
    given = {
        "extends": "company",
        "value": None,
        "treasury": None,
        "data.rent": None,
        "without": ["claim"],
    }
    assert ws.Study.from_dict(given) == bare
    # In a file it is the same.
    text = 'without = ["value", "treasury", "data.rent"]\nextends = "company"\n'
    assert ws.Study(ws._lib.Study.of_text(text, {}, "")) == bare
    with pytest.raises(ws.InputError, match="is appraised of which there is no"):
        company.with_(treasury=None)
    with pytest.raises(ws.InputError, match="`uptime` is missing in"):
        company.with_(**{"mining.uptime": None})
    with pytest.raises(ws.InputError, match="did you mean `treasury`"):
        company.with_(tresury=None)
    with pytest.raises(ws.InputError, match="extends none"):
        ws.Study.from_dict({"name": "x", "claim": None})


def test_what_is_no_value_of_a_study_is_refused():
    with pytest.raises(TypeError, match="mining.uptime: a object is no value of a study"):
        ws.Study.default().with_(**{"mining.uptime": object()})
    with pytest.raises(KeyError, match="mining.uptme"):
        ws.Study.default()["mining.uptme"]


def test_the_files_of_a_study_can_be_read_changed_and_given_back():
    study = ws.Study.default()
    fleet = pd.read_csv(io.StringIO(study.file("fleet.tranches")))
    half = study.with_(**{"fleet.tranches": fleet.assign(gross_mw=fleet["gross_mw"] / 2)})
    assert pd.read_csv(io.StringIO(half.file("fleet.tranches")))["gross_mw"].sum() == 500
    assert study.with_(**{"fleet.tranches": fleet}).file("dependence.correlation") == study.file(
        "dependence.correlation"
    )
    with pytest.raises(KeyError, match="there are dependence.correlation"):
        study.file("fleet.tranche")
