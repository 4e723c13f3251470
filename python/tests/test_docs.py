"""Every snippet of the manual runs, page by page from top to bottom."""

import re
import textwrap
from pathlib import Path

import matplotlib
import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "docs" / "python.md", ROOT / "python" / "README.md"]
BLOCK = re.compile(r"^([ ]*)```python\n(.*?)^\1```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_snippet_of_a_page_runs(page, tmp_path, monkeypatch):
    matplotlib.use("agg")
    text = page.read_text(encoding="utf-8")
    blocks = list(BLOCK.finditer(text))
    assert blocks, "the page has snippets"
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in blocks:
        line = text.count("\n", 0, block.start(2))
        code = "\n" * line + textwrap.dedent(block.group(2))
        exec(compile(code, str(page), "exec"), names)
