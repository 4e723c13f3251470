"""Laws of the BTC price against closed forms, within four standard errors."""

import numpy as np
import pandas as pd
import pytest

import wattshift as ws
from wattshift import models

PATHS, SEED = 200_000, 11
VARIANCE = dict(
    start_variance_per_year=0.22,
    long_run_variance_per_year=0.25,
    reversion_per_year=5.0,
    variance_volatility_per_sqrt_year=1.0,
    correlation=-0.3,
)
LAWS = {
    "Gbm": dict(volatility_per_sqrt_year=0.5),
    "Merton": dict(
        volatility_per_sqrt_year=0.45, jumps_per_year=4.0, jump_log_mean=-0.02, jump_log_sd=0.1
    ),
    "Kou": dict(
        volatility_per_sqrt_year=0.45,
        jumps_per_year=4.0,
        jump_up_probability=0.5,
        jump_up_log_mean=0.07,
        jump_down_log_mean=0.08,
    ),
    "Heston": VARIANCE,
    "Svcj": dict(
        VARIANCE,
        jumps_per_year=1.3,
        jump_log_mean=-0.07,
        jump_log_sd=0.16,
        jump_log_per_variance=-0.03,
        variance_jump_mean=0.1,
    ),
    "Regimes": dict(
        log_drift_per_year=[0.3, -0.3],
        volatility_per_sqrt_year=[0.3, 0.8],
        transition_per_day=[[0.98, 0.02], [0.05, 0.95]],
        start_probability=[0.7, 0.3],
    ),
    "Garch": dict(
        volatility_per_sqrt_year=0.5,
        start_volatility_per_sqrt_year=0.45,
        alpha=0.06,
        beta=0.9,
        leverage=0.0,
        degrees_of_freedom=6.0,
    ),
    "Bootstrap": dict(
        log_returns=np.random.default_rng(1).normal(0.001, 0.02, 500),
        block_days_mean=5.0,
        volatility_factor=1.0,
    ),
}


def heston_variance():
    """Integral of the expected variance over a year, plus the part of the compensator's noise."""
    p = VARIANCE
    decay = (1 - np.exp(-p["reversion_per_year"])) / p["reversion_per_year"]
    long_run = p["long_run_variance_per_year"]
    return long_run + (p["start_variance_per_year"] - long_run) * decay


def merton_moments():
    p = LAWS["Merton"]
    m, s, rate = p["jump_log_mean"], p["jump_log_sd"], p["jumps_per_year"]
    sigma2 = p["volatility_per_sqrt_year"] ** 2
    mean = -sigma2 / 2 - rate * (np.exp(m + s * s / 2) - 1) + rate * m
    return mean, sigma2 + rate * (m * m + s * s)


def kou_moments():
    p = LAWS["Kou"]
    up, down, rate = p["jump_up_log_mean"], p["jump_down_log_mean"], p["jumps_per_year"]
    q = p["jump_up_probability"]
    sigma2 = p["volatility_per_sqrt_year"] ** 2
    mean_jump = q * up - (1 - q) * down
    growth = q / (1 - up) + (1 - q) / (1 + down) - 1
    mean = -sigma2 / 2 - rate * growth + rate * mean_jump
    return mean, sigma2 + rate * 2 * (q * up * up + (1 - q) * down * down)


def test_every_law_of_the_engine_is_here():
    assert {name for name in models.__all__ if name != "Law"} == set(LAWS)
    assert set(dir(models)) == set(models.__all__)
    with pytest.raises(AttributeError, match="there is no law 'Mertn'; there are Gbm"):
        _ = models.Mertn


@pytest.mark.parametrize("name", LAWS)
def test_the_expected_price_is_that_of_the_drift(name):
    m = np.exp(getattr(models, name)(**LAWS[name]).sample(paths=PATHS, seed=SEED))
    assert m.shape == (PATHS,)
    assert abs(m.mean() - 1) < 4 * m.std() / np.sqrt(PATHS)


@pytest.mark.parametrize(
    ("name", "mean", "variance"),
    [("Gbm", -0.125, 0.25), ("Merton", *merton_moments()), ("Kou", *kou_moments())],
)
def test_mean_and_variance_of_the_log_are_the_closed_forms(name, mean, variance):
    log = getattr(models, name)(**LAWS[name]).sample(years=1.0, steps=365, paths=PATHS, seed=SEED)
    assert abs(log.mean() - mean) < 4 * log.std() / np.sqrt(PATHS)
    spread = np.square(log - log.mean())
    assert abs(spread.mean() - variance) < 4 * spread.std() / np.sqrt(PATHS)


def test_the_mean_log_of_heston_is_half_the_expected_variance():
    log = models.Heston(**LAWS["Heston"]).sample(paths=PATHS, seed=SEED)
    assert abs(log.mean() + heston_variance() / 2) < 4 * log.std() / np.sqrt(PATHS)


def test_paths_end_where_the_sample_is_whatever_the_threads():
    law = models.Merton(**LAWS["Merton"])
    paths = law.sample_paths(steps=40, paths=130, seed=3)
    assert paths.shape == (130, 41) and (paths[:, 0] == 0).all()
    assert np.array_equal(paths[:, -1], law.sample(steps=40, paths=130, seed=3))
    assert np.array_equal(paths, law.sample_paths(steps=40, paths=130, seed=3, threads=1))


def test_a_law_is_that_of_a_market():
    study = ws.Study.default().with_(seed=5, **{"btc_price.drift_sd_per_year": 0.0})
    price = ws.market(study, paths=64)["btc_price"]
    sigma, drift = (
        study["btc_price.gbm.volatility_per_sqrt_year"],
        study["btc_price.drift_per_year"],
    )
    log = models.Gbm(volatility_per_sqrt_year=sigma).sample_paths(steps=300, paths=64, seed=5)
    days = np.arange(301) / 365
    assert np.allclose(np.log(price[:, :301] / price[:, :1]), drift * days + log, atol=1e-12)


def test_daily_closes_are_resampled():
    months = pd.read_csv(__file__.replace("python/tests/test_models.py", "data/btc_month_end.csv"))
    closes = pd.Series(months.iloc[:, 1].to_numpy(), pd.PeriodIndex(months.iloc[:, 0], freq="M"))
    closes.index = closes.index.to_timestamp(how="end").normalize()
    daily = np.exp(np.log(closes).resample("D").interpolate())["2021":]
    law = models.Bootstrap(prices=daily, block_days_mean=20.0, volatility_factor=1.0)
    log = law.sample(steps=100, paths=20_000)
    assert abs(np.exp(log).mean() - 1) < 4 * np.exp(log).std() / np.sqrt(20_000)


def test_parameters_are_asked_for_and_checked():
    with pytest.raises(TypeError, match=r"Gbm needs volatility_per_sqrt_year \(a number .* 0.5\)"):
        models.Gbm()
    with pytest.raises(ws.InputError, match="unknown key `volatilty`.*"):
        models.Gbm(volatility_per_sqrt_year=0.5, volatilty=0.4)
    with pytest.raises(ws.InputError, match="jumps_per_year is out of range"):
        models.Merton(**{**LAWS["Merton"], "jumps_per_year": 400.0})
    with pytest.raises(TypeError, match="either prices or log_returns"):
        models.Bootstrap(block_days_mean=5.0, volatility_factor=1.0)
    with pytest.raises(ws.InputError, match="1 to 3650 days"):
        models.Gbm(volatility_per_sqrt_year=0.5).sample(steps=5000)
    with pytest.raises(ws.InputError, match="cannot be resampled"):
        models.Bootstrap(log_returns=[3.0], block_days_mean=5.0, volatility_factor=1.0).sample()
    assert "per √year" in models.Gbm.__doc__


def test_years_and_steps_say_the_same_or_one_of_them_says_it():
    law = models.Gbm(volatility_per_sqrt_year=0.5)
    year = law.sample(paths=64, seed=3)
    for asked in [dict(years=1.0), dict(steps=365), dict(years=1.0, steps=365), dict(years=1)]:
        assert np.array_equal(law.sample(paths=64, seed=3, **asked), year)
    assert not np.array_equal(law.sample(paths=64, seed=3, years=2.0), year)
    assert law.sample_paths(years=0.5, paths=64).shape == (64, 184)
    with pytest.raises(ws.InputError, match="365 days and 52 steps"):
        law.sample(years=1.0, steps=52)
    for asked in [dict(years=-1.0), dict(years=float("nan")), dict(steps=0), dict(steps=-5)]:
        with pytest.raises(ws.InputError, match="the horizon is out of range"):
            law.sample(**asked)
    with pytest.raises(TypeError):
        law.sample(years="1")
