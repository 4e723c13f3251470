"""Every notebook runs, and what is committed of it is what it gives."""

import runpy
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
REFRESH = runpy.run_path(str(FOLDER / "refresh.py"))
NOTEBOOKS = REFRESH["NOTEBOOKS"]


def outputs(notebook):
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def told(notebook):
    """What the outputs say, picture by picture and word by word."""
    said = []
    for output in outputs(notebook):
        data = output.get("data", {})
        text = output.get("text") or data.get("text/markdown") or data.get("text/plain")
        said.append("a picture" if "image/png" in data else text.split())
    return said


def test_there_are_six_and_they_are_small():
    assert [path.name[:2] for path in NOTEBOOKS] == [f"{number}_" for number in range(1, 7)]
    assert sum(path.stat().st_size for path in NOTEBOOKS) < 1.5e6
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(path.name in readme for path in NOTEBOOKS)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_committed_has_its_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook == REFRESH["tidied"](nbformat.read(path, as_version=4)), "make notebooks"
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    kinds = {output.output_type for output in outputs(notebook)}
    assert kinds and "error" not in kinds
    streams = {output.name for output in outputs(notebook) if output.output_type == "stream"}
    assert streams <= {"stdout"}, "no warnings"
    assert any("image/png" in output.get("data", {}) for output in outputs(notebook))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_and_says_what_is_committed(path):
    fresh = REFRESH["executed"](path)
    assert told(fresh) == told(nbformat.read(path, as_version=4)), "make notebooks, and read them"
