"""Markets: those that a run values, and that explain walks."""

from functools import reduce

import numpy as np
import pandas as pd
import pytest

import wattshift as ws


@pytest.fixture(scope="module")
def market():
    return ws.market("default", paths=130, seed=7)


def test_a_path_is_the_one_that_explain_walks(market):
    months = ws.explain(ws.Study.default().with_(seed=7), path=129, share=0.2)
    month_of = market.dates.astype("datetime64[M]").astype(str)
    for name in set(market) & {column.split(" ")[0] for column in months} - {"hashprice"}:
        [column] = [column for column in months if column.startswith(f"{name} [")]
        for month, mean in zip(months["month"], months[column], strict=True):
            days = market[name][129, month_of == month].tolist()
            # Added one by one, as the engine does.
            assert reduce(lambda a, b: a + b, days) / len(days) == mean, (name, month)


def test_a_year_of_a_driver_is_the_mean_of_its_days(market):
    run = ws.run("default", paths=2048, seed=7, shares=[0.2])
    is_target = market.dates.astype("datetime64[Y]") == np.datetime64("2027")
    means = market["btc_price"][:, is_target].mean(axis=1)
    assert np.allclose(means, run.drivers("btc_price")[:130], rtol=1e-12)


def test_threads_change_no_bit_and_more_paths_begin_with_the_same(market):
    other = ws.market("default", paths=70, seed=7, threads=1)
    for name in market:
        assert np.array_equal(market[name][:70], other[name])


def test_dates_shapes_and_units(market):
    assert market.dates.dtype == "datetime64[D]"
    assert str(market.dates[0]) == "2026-07-31" and str(market.dates[-1]) == "2027-12-31"
    assert all(values.shape == (130, len(market.dates)) for values in market.values())
    assert len(market) == len(market.units) and market.units["hashrate"] == "EH/s"
    assert "power_price" not in market, "which nothing reads in this study"
    curtailed = ws.market(ws.Study.default().with_(**{"mining.curtailment": True}), paths=64)
    assert curtailed.units["power_price"] == "USD/MWh"
    assert (market["btc_price"][:, 0] == ws.Study.default()["btc_price.start_usd_per_btc"]).all()


def test_to_xarray_and_to_pandas(market):
    data = market.to_xarray()
    assert (
        data["btc_price"].dims == ("path", "date") and data["btc_price"].attrs["units"] == "USD/BTC"
    )
    assert np.shares_memory(data["btc_price"].values, market["btc_price"])
    frame = market.to_pandas()
    assert list(frame) == list(market)
    day = pd.Timestamp("2027-06-30")
    at = int(np.flatnonzero(market.dates == np.datetime64("2027-06-30"))[0])
    assert frame.loc[(5, day), "gpu_rate"] == market["gpu_rate"][5, at]
    assert frame.dtypes.eq(float).all() and len(frame) == 130 * len(market.dates)
