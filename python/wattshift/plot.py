"""Plots of a result: each is a matplotlib ``Figure`` with units on its axes and errors where there
are any.

Lines differ in style and marks as well as in shade, so that they can be told apart in grey.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._look import axis, scale, title, words
from ._needs import needed
from ._tables import columns

if TYPE_CHECKING:
    from .result import Result

# The part of the worlds that the tail holds, as measures name it.
TAIL = "tail_mean_0.05"
DARK, MIDDLE, LIGHT = "#1f3a5f", "#6f8fb3", "#c9d6e6"
ACCENT = "#b5471f"


class Plots:
    """The plots of a result."""

    def __init__(self, result: Result) -> None:
        self._result = result

    def _figure(self, ax: Any, wide: float = 7.5, high: float = 4.5, panels: int = 1) -> Any:
        # The module sets up the notebook; figures of its own are not shown twice there.
        needed("matplotlib.pyplot", "plot")
        if ax is not None:
            return ax.figure, [ax]
        figure = needed("matplotlib.figure", "plot").Figure(
            figsize=(wide, high), layout="constrained"
        )
        return figure, list(np.ravel(figure.subplots(1, panels, squeeze=False)))

    def _rows(self, metric: str, measure: str, share: float | None = None) -> dict[str, Any]:
        """Shares, values, errors and unit of a measure of a metric, of all worlds."""
        s = self._result._summary
        wanted = (
            (np.array(s["model"]) == "all")
            & (np.array(s["metric"]) == metric)
            & (np.array(s["measure"]) == measure)
        )
        if share is not None:
            wanted &= np.abs(s["share"] - share) < 1e-12
        if not wanted.any():
            raise KeyError(f"the run has no {measure} of {metric}")
        unit = s["unit"][int(np.flatnonzero(wanted)[0])]
        return {"unit": unit, **{n: s[n][wanted] for n in ("share", "value", "std_error")}}

    def _measures(self, metric: str, begin: str) -> dict[float, str]:
        """The measures of a metric that begin so, by the number in their name."""
        s = self._result._summary
        pairs = zip(s["metric"], s["measure"], strict=True)
        names = {measure for own, measure in pairs if own == metric and measure.startswith(begin)}
        return {float(name.removeprefix(begin)): name for name in sorted(names)}

    def _year(self) -> int:
        return self._result.study.target_year

    def _headline(self) -> float:
        return self._result.study.headline_share

    def headlines(self) -> list[str]:
        """The metrics that every share is held against staying by: those with a gain, and a tail."""
        metrics = list(dict.fromkeys(self._result._summary["metric"]))
        return [metric for metric in metrics if f"{metric}_gain" in metrics]

    def fan(self, metric: str = "revenue", *, ax: Any = None) -> Any:
        """The distribution of a metric by share: bands between quantiles, the median, the mean with
        its error.
        """
        figure, (ax,) = self._figure(ax)
        quantiles = self._measures(metric, "quantile_")
        of = {p: self._rows(metric, name) for p, name in quantiles.items()}
        mean = self._rows(metric, "mean")
        divisor, unit = scale(mean["unit"], np.concatenate([r["value"] for r in of.values()]))
        shares = 100 * mean["share"]
        pairs = [(p, 1 - p) for p in of if p < 0.5 and any(abs(1 - p - q) < 1e-9 for q in of)]
        shades = [LIGHT, MIDDLE] if len(pairs) > 1 else [LIGHT]
        for (low, high), shade in zip(sorted(pairs), shades, strict=False):
            top = min(of, key=lambda q: abs(q - high))
            label = f"{100 * low:.0f} to {100 * top:.0f} % of worlds"
            below, above = of[low]["value"] / divisor, of[top]["value"] / divisor
            ax.fill_between(
                shares, below, above, color=shade, alpha=0.75, label=label, lw=0.8, ec=DARK
            )
        if 0.5 in of:
            ax.plot(shares, of[0.5]["value"] / divisor, color=DARK, ls="--", label="median")
        ax.errorbar(
            shares,
            mean["value"] / divisor,
            2 * mean["std_error"] / divisor,
            color="black",
            marker="o",
            ms=3,
            lw=1,
            capsize=2,
            label="mean ± 2 errors",
        )
        self._share_axis(ax)
        ax.set_ylabel(axis(metric, unit))
        ax.set_title(f"{title(metric)} of {self._year()} by share of power diverted")
        self._zero(ax)
        ax.legend(frameon=False, fontsize=9)
        return figure

    def shares(self, *metrics: str) -> Any:
        """Mean and worst 5 % of each headline metric by share, with errors; one panel a metric."""
        asked = list(metrics) or [m for m in self.headlines() if TAIL in self._tails(m)][:2]
        figure, axes = self._figure(None, 4.8 * len(asked) + 0.5, 4.3, len(asked))
        for metric, ax in zip(asked, axes, strict=True):
            both = [
                ("mean", "mean", "-", "o", DARK),
                (TAIL, "mean of the worst 5 %", "--", "s", ACCENT),
            ]
            rows = [self._rows(metric, measure) for measure, *_ in both]
            divisor, unit = scale(rows[0]["unit"], np.concatenate([r["value"] for r in rows]))
            for (_, label, style, mark, colour), row in zip(both, rows, strict=True):
                ax.errorbar(
                    100 * row["share"],
                    row["value"] / divisor,
                    2 * row["std_error"] / divisor,
                    ls=style,
                    marker=mark,
                    ms=4,
                    color=colour,
                    capsize=2,
                    lw=1.3,
                    label=label,
                )
            self._share_axis(ax)
            ax.set_ylabel(axis(metric, unit))
            ax.set_title(words(metric))
            self._zero(ax)
            ax.legend(fontsize=9, framealpha=1, edgecolor="none")
        figure.suptitle(f"What each share brings in {self._year()} (bars: ± 2 errors)", fontsize=11)
        return figure

    def _tails(self, metric: str) -> list[str]:
        return list(self._measures(metric, "tail_mean_").values())

    def tail(self, metric: str = "revenue", share: float | None = None, *, ax: Any = None) -> Any:
        """How likely a metric is to be below a number, in its worst tenth, at a share and at
        staying.

        Needs the paths of the metric to have been kept.
        """
        figure, (ax,) = self._figure(ax)
        wanted = self._headline() if share is None else share
        compared = [(0.0, "staying", "--", ACCENT)] if wanted != 0 else []
        compared.append((wanted, f"diverting {100 * wanted:g} %", "-", DARK))
        own = {s: np.sort(self._result.paths(metric, s)) for s, *_ in compared}
        unit = self._rows(metric, "mean")["unit"]
        divisor, unit = scale(unit, [v[len(v) // 10] for v in own.values()])
        for at, label, style, colour in compared:
            values = own[at]
            worst = values[: max(1, len(values) // 10)]
            part = np.arange(1, len(worst) + 1) / len(values)
            ax.step(worst / divisor, 100 * part, where="post", ls=style, color=colour, label=label)
            for p, name in self._measures(metric, "quantile_").items():
                if p < 0.1:
                    row = self._rows(metric, name, at)
                    ax.errorbar(
                        row["value"] / divisor,
                        [100 * p],
                        xerr=2 * row["std_error"] / divisor,
                        marker="o",
                        color=colour,
                        capsize=3,
                        ms=4,
                        ls="none",
                    )
        ax.set_yscale("log")
        ax.yaxis.set_major_formatter(lambda y, _: f"{y:g} %")
        self._thousands(ax.xaxis)
        ax.set_xlabel(axis(metric, unit))
        ax.set_ylabel("part of the worlds at or below")
        ax.set_title(f"Worst tenth of {words(metric)} in {self._year()} (bars: ± 2 errors)")
        ax.grid(True, which="major", lw=0.4, alpha=0.6)
        ax.legend(frameon=False)
        return figure

    def drivers(self, share: float | None = None, *, ax: Any = None) -> Any:
        """What the worst worlds by revenue have in common: each driver there against its mean."""
        wanted = self._headline() if share is None else share
        s = self._result._summary
        marked = [m for m in dict.fromkeys(s["measure"]) if m.startswith("mean_in_worst_")]
        names, moves, errors = [], [], []
        for name in dict.fromkeys(s["metric"]):
            try:
                worst, mean = self._rows(name, marked[0], wanted), self._rows(name, "mean", wanted)
            except KeyError:
                continue
            if mean["value"][0] == 0:
                continue
            names.append(words(name))
            moves.append(100 * (worst["value"][0] / mean["value"][0] - 1))
            errors.append(100 * worst["std_error"][0] / abs(mean["value"][0]))
        figure, (ax,) = self._figure(ax, 7.5, 1.3 + 0.34 * len(names))
        order = np.argsort(moves)[::-1]
        at = np.arange(len(names))
        ax.barh(
            at,
            np.array(moves)[order],
            xerr=2 * np.array(errors)[order],
            color=LIGHT,
            edgecolor=DARK,
            hatch="//",
            capsize=3,
            height=0.65,
        )
        ax.set_yticks(at, [names[i] for i in order])
        ax.axvline(0, color="black", lw=0.8)
        ax.set_xlabel("mean in the worst 5 % of worlds by revenue, % from the mean of all")
        ax.set_title(f"What bad worlds have in common at {100 * wanted:g} % (bars: ± 2 errors)")
        return figure

    def frontier(self, metric: str = "margin_after_capital", *, ax: Any = None) -> Any:
        """What each share earns on average against its worst 5 % of worlds; full marks are not
        dominated.
        """
        rows = columns(self._result._engine.frontier(metric), ("metric", "unit"))
        figure, (ax,) = self._figure(ax, 6.5, 5)
        x, y = rows[TAIL], rows["mean"]
        divisor, unit = scale(rows["unit"][0], np.concatenate([x, y]))
        ax.errorbar(
            x / divisor,
            y / divisor,
            2 * rows["mean_std_error"] / divisor,
            2 * rows[f"{TAIL}_std_error"] / divisor,
            color=MIDDLE,
            lw=1,
            ls="-",
            capsize=2,
            zorder=1,
        )
        behind = rows["is_dominated"]
        for which, face, label in [
            (~behind, DARK, "dominated by no share"),
            (behind, "white", "dominated: another has more of one, no less of the other"),
        ]:
            if which.any():
                ax.scatter(
                    x[which] / divisor,
                    y[which] / divisor,
                    s=30,
                    facecolor=face,
                    edgecolor=DARK,
                    label=label,
                    zorder=2,
                )
        for place in self._marked(rows["share"]):
            ax.annotate(
                f"{100 * rows['share'][place]:g} %",
                (x[place] / divisor, y[place] / divisor),
                xytext=(7, -10),
                textcoords="offset points",
                fontsize=9,
            )
        self._thousands(ax.xaxis)
        self._thousands(ax.yaxis)
        ax.margins(0.09)
        ax.set_xlabel(axis("mean of the worst 5 %", unit))
        ax.set_ylabel(axis("mean", unit))
        ax.set_title(f"{title(metric)} of {self._year()}: mean against tail (bars: ± 2 errors)")
        ax.grid(True, lw=0.4, alpha=0.6)
        ax.legend(frameon=False, fontsize=9)
        return figure

    def _marked(self, shares: Any) -> list[int]:
        """Places of a few shares, the headline among them."""
        wanted = [0.0, self._headline(), 0.5, 1.0]
        return sorted({int(np.argmin(np.abs(shares - share))) for share in wanted})

    def bridge(self, *, ax: Any = None) -> Any:
        """From a claim to what the study finds, step by step; of studies with a claim."""
        rows = columns(self._result.csv("bridge"), ("step",))
        amounts, levels = rows["amount_usd"], rows["level_usd"]
        figure, (ax,) = self._figure(ax, 8.5, 4.8)
        divisor, unit = scale("USD", levels)
        names = [words(step) for step in rows["step"]] + ["the study"]
        before = np.concatenate([[0.0], levels[:-1], [0.0]]) / divisor
        after = np.concatenate([levels, levels[-1:]]) / divisor
        for place, (low, high) in enumerate(zip(before, after, strict=True)):
            is_level = place in (0, len(names) - 1)
            face, hatch = (
                (MIDDLE, "") if is_level else ((LIGHT, "//") if high >= low else ("white", "\\\\"))
            )
            ax.bar(
                place, high - low, bottom=low, color=face, hatch=hatch, edgecolor=DARK, width=0.65
            )
            if place + 1 < len(names):
                ax.plot([place + 0.33, place + 0.67], [high, high], color="black", lw=0.8)
            error = (
                rows["level_std_error"][-1] if place == len(names) - 1 else rows["std_error"][place]
            ) / divisor
            if np.isfinite(error) and error > 0:
                ax.errorbar([place], [high], [2 * error], color="black", capsize=3, lw=1)
            else:
                error = 0.0
            told = f"{high:,.0f}" if is_level else f"{amounts[place] / divisor:+,.0f}"
            ax.annotate(
                told.replace("-", "−"),
                (place, max(low, high + 2 * error)),
                xytext=(0, 4),
                textcoords="offset points",
                ha="center",
                fontsize=9,
            )
        ax.set_xticks(range(len(names)), names, rotation=25, ha="right")
        ax.axhline(0, color="black", lw=0.8)
        ax.margins(y=0.12)
        self._thousands(ax.yaxis)
        ax.set_ylabel(axis("revenue gain", f"{unit} a year"))
        ax.set_title(f"From the claim to {self._year()} as simulated (bars: ± 2 errors)")
        return figure

    def _thousands(self, of: Any) -> None:
        of.set_major_formatter(lambda number, _: f"{number:,g}".replace("-", "−"))

    def _share_axis(self, ax: Any) -> None:
        self._thousands(ax.yaxis)
        ax.set_xlabel("share of power diverted, %")
        ax.axvline(100 * self._headline(), color="grey", lw=0.8, ls=":")
        ax.grid(True, axis="y", lw=0.4, alpha=0.6)

    def _zero(self, ax: Any) -> None:
        low, high = ax.get_ylim()
        if low < 0 < high:
            ax.axhline(0, color="black", lw=0.8)
