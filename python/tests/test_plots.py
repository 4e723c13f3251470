"""Every plot is a figure with labelled axes, units, and errors where there are any."""

import matplotlib
import pytest
from matplotlib.figure import Figure

import wattshift as ws

matplotlib.use("agg")

PLOTS = {
    "fan": ["million USD", "%"],
    "shares": ["million USD", "%"],
    "tail": ["million USD", "part of the worlds"],
    "drivers": ["% from the mean"],
    "frontier": ["million USD"],
}


def has_errors(axes):
    from matplotlib.container import ErrorbarContainer

    return any(isinstance(c, ErrorbarContainer) for c in axes.containers)


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_is_a_figure_with_labels_units_and_errors(small, name, tmp_path):
    figure = getattr(small.plot, name)()
    assert isinstance(figure, Figure)
    for axes in figure.axes:
        labels = axes.get_xlabel() + " / " + axes.get_ylabel()
        assert axes.get_xlabel() and (axes.get_ylabel() or name == "drivers")
        assert axes.get_title()
        assert all(word in labels for word in PLOTS[name]), labels
        assert has_errors(axes)
    figure.savefig(tmp_path / "plot.png")
    assert (tmp_path / "plot.png").stat().st_size > 5_000


def test_a_bridge_ends_at_the_study():
    run = ws.run("vaneck_2024", paths=2048)
    figure = run.plot.bridge()
    [axes] = figure.axes
    steps = list(run.bridge()["step"])
    labels = [label.get_text() for label in axes.get_xticklabels()]
    spelt = [step.replace("_", " ").replace("critical it", "critical IT") for step in steps]
    assert labels == [*spelt, "the study"]
    assert "million USD a year" in axes.get_ylabel() and has_errors(axes)
    top = axes.patches[-1].get_height()
    assert abs(top - run.bridge()["level_usd"].iloc[-1] / 1e6) < 1e-6


def test_a_study_without_a_claim_has_no_bridge(small):
    with pytest.raises(KeyError, match="no table 'bridge'"):
        small.plot.bridge()


def test_lines_are_told_apart_without_colour(small):
    [left, right] = small.plot.shares().axes
    for axes in (left, right):
        lines = [c.lines[0] for c in axes.containers]
        assert len({(line.get_linestyle(), line.get_marker()) for line in lines}) == len(lines)


def test_plots_draw_on_axes_that_are_given(small):
    axes = Figure().subplots(1, 2)
    assert small.plot.fan("margin_after_capital", ax=axes[0]) is axes[0].figure
    assert "margin after capital" in axes[0].get_ylabel()
