"""Every snippet of the manual runs, page by page from top to bottom."""

import filecmp
import os
import re
import subprocess
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


def test_slices_made_and_merged_by_hand_leave_the_folder_of_one_run(command, tmp_path):
    page = (ROOT / "docs" / "machines.md").read_text(encoding="utf-8")
    # The first block is for one machine; the others want a scheduler.
    script = re.search(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL).group(1)
    assert "--slice 3/3" in script and "wattshift merge slices --out joined" in script
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "wattshift").symlink_to(command.binary)
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    subprocess.run(
        ["sh", "-eu", "-c", script], cwd=tmp_path, check=True, env={**os.environ, "PATH": path}
    )
    command("run", "default", "--paths", 16384, "--quiet", "--out", tmp_path / "whole")
    names = sorted(path.name for path in (tmp_path / "whole").iterdir())
    same, other, lost = filecmp.cmpfiles(tmp_path / "whole", tmp_path / "joined", names, False)
    assert (sorted(same), other, lost) == (names, [], [])
