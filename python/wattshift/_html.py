"""A result as plain HTML for a notebook: a table of shares with bars, readable without scripts."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ._look import scale, with_error, words

if TYPE_CHECKING:
    from .result import Result

TAIL = "tail_mean_0.05"
# Columns of a metric: its measure, its heading.
SHOWN = [("mean", "mean"), ("quantile_0.05", "q 5 %"), (TAIL, "worst 5 %")]
WIDE, HIGH = 130, 14


def page(result: Result) -> str:
    """The verdict, and a table of the shares."""
    study = result.study
    metrics = [m for m in result.plot.headlines() if _has(result, m)][:2]
    heads, units = [], []
    for metric in metrics:
        unit = scale(*_values(result, metric, "mean"))[1]
        heads.append(f"<th colspan='{len(SHOWN) + 1}'>{escape(words(metric))}, {escape(unit)}</th>")
        units.append(
            "".join(f"<th>{escape(h)}</th>" for _, h in SHOWN) + "<th>5 % worst · mean</th>"
        )
    rows = "".join(_row(result, share, metrics) for share in study.shares)
    title = f"{study.name}: {study.target_year} by share of power diverted, {study.paths:,} worlds"
    return (
        "<div style='font-variant-numeric:tabular-nums'>"
        f"<p><b>{escape(title)}</b></p><p style='max-width:60em'>{escape(result.verdict())}</p>"
        "<table style='text-align:right;border-collapse:collapse'>"
        f"<thead><tr><th></th>{''.join(heads)}</tr><tr><th>share</th>{''.join(units)}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _has(result: Result, metric: str) -> bool:
    try:
        result.estimate(metric, TAIL)
    except KeyError:
        return False
    return True


def _values(result: Result, metric: str, measure: str) -> tuple[str, list[float]]:
    found = [result.estimate(metric, measure, share) for share in result.study.shares]
    return found[0].unit, [estimate.value for estimate in found]


def _row(result: Result, share: float, metrics: list[str]) -> str:
    is_headline = share == result.study.headline_share
    cells = [f"<th>{'▸ ' if is_headline else ''}{100 * share:g} %</th>"]
    for metric in metrics:
        unit, means = _values(result, metric, "mean")
        divisor, _ = scale(unit, means)
        for measure, _ in SHOWN:
            own = result.estimate(metric, measure, share)
            cells.append(f"<td>{with_error(own.value / divisor, own.std_error / divisor)}</td>")
        tails = _values(result, metric, TAIL)[1]
        low, high = min(0.0, *means, *tails), max(0.0, *means, *tails)
        tail, mean = result.estimate(metric, TAIL, share), result.estimate(metric, "mean", share)
        cells.append(f"<td>{_bar(low, high, tail.value, mean.value)}</td>")
    weight = " style='font-weight:bold'" if is_headline else ""
    return f"<tr{weight}>{''.join(cells)}</tr>"


def _bar(low: float, high: float, tail: float, mean: float) -> str:
    """From the tail mean to the mean, and where zero is."""

    def at(value: float) -> float:
        return 4 + (WIDE - 8) * (value - low) / ((high - low) or 1.0)

    left, right = sorted((at(tail), at(mean)))
    label = escape(f"worst 5 % {tail:,.0f}, mean {mean:,.0f}")
    return (
        f"<svg width='{WIDE}' height='{HIGH}' role='img' aria-label='{label}'>"
        f"<title>{label}</title>"
        f"<line x1='{at(0):.1f}' x2='{at(0):.1f}' y1='0' y2='{HIGH}' stroke='currentColor' "
        "stroke-width='0.7'/>"
        f"<rect x='{left:.1f}' y='5' width='{right - left:.1f}' height='4' fill='#6f8fb3'/>"
        f"<circle cx='{at(mean):.1f}' cy='7' r='3.5' fill='#1f3a5f'/></svg>"
    )
