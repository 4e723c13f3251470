"""Every command of the manual runs as it is printed, with fewer paths."""

import re
import shlex
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "notebooks" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: Commands that take a number of paths; other tests run them with as many as one likes.
RUNS = {"run", "stress", "panel"}
FEW = "2048"


def commands(page):
    """The lines of its shell blocks that call the command, without comments, in order; scripts that
    a cluster fills in are none of them."""
    text = page.read_text(encoding="utf-8")
    blocks = [block for kind, block in BLOCK.findall(text) if kind == "sh" and "$" not in block]
    lines = [line.split(" #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("wattshift ")]


def few(words):
    """The words of a command with few paths."""
    if "--paths" in words:
        place = words.index("--paths") + 1
        paths = min(int(words[place].replace("_", "")), int(FEW))
        return [*words[:place], str(paths), *words[place + 1 :]]
    return [*words, "--paths", FEW] if words[0] in RUNS and "manifest" not in words[1] else words


def run_like(word, folder):
    """The folder of a run, or a file in it, that a word with an ellipsis stands for."""
    found = sorted(folder.glob(word.replace("\u2026", "*")))
    of = {path if path.is_dir() else path.parent: path for path in found}
    return str(next(path for run, path in of.items() if (run / "summary.csv").exists()))


@pytest.mark.parametrize(
    "page", [page for page in PAGES if commands(page)], ids=lambda page: page.stem
)
def test_every_command_of_a_page_runs(page, command, tmp_path):
    text = page.read_text(encoding="utf-8")
    if "wattshift init my_study" not in "\n".join(commands(page)):
        command("init", "my_study", cwd=tmp_path)
    # Pages speak of a study of the reader's.
    (tmp_path / "study.toml").write_text('extends = "company"\nname = "yours"\n')
    for name, content in FILE.findall(text):
        (tmp_path / name).write_text(content, encoding="utf-8")
    for line in commands(page):
        words = few(shlex.split(line)[1:])
        # A run of the lines above, wherever it lies.
        words = [run_like(word, tmp_path) if "\u2026" in word else word for word in words]
        number = re.search(r"--slice \d+/(\d+)", line)
        slices = range(1, int(number[1]) + 1) if number else [None]
        for index in slices:
            own = words
            if index:
                own = [f"{index}/{number[1]}" if "/" in w and w[0].isdigit() else w for w in words]
            command(*own, cwd=tmp_path)


def test_studies_of_the_recipes_are_studies(command, tmp_path):
    page = (ROOT / "docs" / "how_to.md").read_text(encoding="utf-8")
    studies = [block for kind, block in BLOCK.findall(page) if kind == "toml"]
    assert studies
    for text in studies:
        (tmp_path / "s.toml").write_text(text, encoding="utf-8")
        command("check", "s.toml", cwd=tmp_path)
