"""Outcomes go to whoever reads Arrow, metrics without a copy."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest


def test_the_table_is_sound_and_has_the_columns_of_the_wide_file(small):
    table = pa.table(small.outcomes())
    table.validate(full=True)
    assert table.column_names == small.outcomes().column_names
    assert table.column_names[:3] == ["share", "path", "revenue_usd"]
    assert len(table) == len(small.outcomes()) == 3 * 4096
    assert table.schema.field("revenue_usd").metadata == {b"unit": b"USD"}
    assert table["share"].to_numpy().tolist() == np.repeat([0.0, 0.2, 0.5], 4096).tolist()
    assert table["path"].to_numpy().tolist() == list(range(4096)) * 3


def test_a_metric_crosses_without_a_copy(small):
    table = pa.table(small.outcomes())
    for name, _, column in small._engine.kept_metrics:
        [chunk] = table[column].chunks
        assert chunk.buffers()[1].address == small.paths(name, 0).__array_interface__["data"][0]
    own = pa.table(small.outcomes(share=0.5))["revenue_usd"].chunk(0).to_numpy(zero_copy_only=True)
    assert np.shares_memory(own, small.paths("revenue", 0.5)) and len(own) == 4096
    series = pl.DataFrame(small.outcomes())["revenue_usd"].to_numpy(allow_copy=False)
    assert np.shares_memory(series, small.paths("revenue", 0.2))


def test_pandas_holds_the_engines_memory_where_it_keeps_columns_apart(small):
    frame = pa.table(small.outcomes(share=0.2)).to_pandas(split_blocks=True)
    assert np.shares_memory(frame["revenue_usd"].to_numpy(), small.paths("revenue", 0.2))


def test_an_array_outlives_the_run():
    import wattshift as ws

    table = pa.table(ws.run(paths=2048, shares=[0, 0.2], seed=5).outcomes())
    again = ws.run(paths=2048, shares=[0, 0.2], seed=5)
    assert np.array_equal(table["revenue_usd"].to_numpy()[2048:], again.paths("revenue", 0.2))


@pytest.mark.parametrize("form", ["stream", "array"])
def test_both_forms_are_served(small, form):
    class Only:
        """An object that has one of the two."""

        def __init__(self, of):
            setattr(type(self), f"__arrow_c_{form}__", lambda _, schema=None: serve(schema))
            serve = getattr(of, f"__arrow_c_{form}__")

    read = pa.record_batch if form == "array" else pa.table
    assert read(Only(small.outcomes())).equals(read(small.outcomes()))


def test_pandas_polars_and_duckdb_read_the_same_numbers(small):
    outcomes = small.outcomes()
    mean = small.paths("revenue", 0.5).mean()
    frame = pd.DataFrame.from_arrow(outcomes)
    assert np.isclose(frame.groupby("share")["revenue_usd"].mean()[0.5], mean, rtol=1e-12)
    polars = pl.DataFrame(outcomes).filter(pl.col("share") == 0.5)["revenue_usd"].mean()
    assert np.isclose(polars, mean, rtol=1e-12)
    query = "select avg(revenue_usd) from outcomes where share = 0.5"
    assert np.isclose(duckdb.sql(query).fetchall()[0][0], mean, rtol=1e-12)
