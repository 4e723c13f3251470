"""The schema that editors read, held to studies by a validator that is not ours."""

import datetime
import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]
STUDIES = sorted((ROOT / "data" / "studies").glob("*.toml"))
SCHEMA = json.loads((ROOT / "docs" / "study.schema.json").read_text(encoding="utf-8"))


def as_json(value):
    """TOML as editors hand it to a schema: days are text."""
    if isinstance(value, dict):
        return {name: as_json(part) for name, part in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


def problems(study):
    validator = jsonschema.Draft7Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    return [error.json_path for error in validator.iter_errors(as_json(study))]


def test_the_schema_is_one():
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", STUDIES, ids=lambda file: file.stem)
def test_every_study_that_comes_with_wattshift_is_valid(file):
    assert problems(tomllib.loads(file.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("basis", ["assumption: …", "computed: …", "source: …", "basis not stated"])
def test_a_basis_is_one_of_those_that_the_reader_takes(basis):
    assert problems({"basis": {"mining.uptime": basis}}) == []


def test_typical_values_are_valid_where_they_stand():
    def check(schema, path):
        for name, part in schema["properties"].items():
            if "properties" in part and part.get("type") == "object" and "examples" not in part:
                check(part, [*path, name])
            else:
                for example in part.get("examples", []):
                    study = example
                    for step in reversed([*path, name]):
                        study = {step: study}
                    assert problems(study) == [], (path, name)

    check(SCHEMA, [])


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("paths = 1", "$.paths"),
        ("pathss = 4096", "$"),
        ('extends = "default"\nwithout = ["clam"]', "$.without[0]"),
        ('as_of = "31.07.2026"', "$.as_of"),
        ("shares = [0.0, 20.0]", "$.shares"),
        ("[mining]\nuptime = 86.0", "$.mining.uptime"),
        ('[mining]\npool_scheme = "fppp"', "$.mining.pool_scheme"),
        ('[btc_price]\nmodel = "gmb"', "$.btc_price.model"),
        ("[btc_price.gbm]\nvolatility = 0.5", "$.btc_price.gbm"),
        ('[basis]\n"mining.uptime" = "a guess"', "$.basis['mining.uptime']"),
        ('[basis]\n"mining.uptime" = "assumption"', "$.basis['mining.uptime']"),
        ('[basis]\n"mining.uptime" = "basis not stated yet"', "$.basis['mining.uptime']"),
        ('[data]\nbtc_price = { file = "a.csv", units = "USD" }', "$.data.btc_price"),
    ],
)
def test_what_a_study_may_not_say_is_found_where_it_stands(text, place):
    assert problems(tomllib.loads(text)) == [place]
