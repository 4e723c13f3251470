"""The stub is in step with the module, and the package with its types."""

import importlib.metadata
import subprocess
import sys

import pytest

import wattshift as ws


def test_the_wheel_has_the_version_of_the_engine():
    assert importlib.metadata.version("wattshift") == ws.__version__


@pytest.mark.parametrize(
    "words",
    [
        ["mypy.stubtest", "wattshift._lib", "--ignore-disjoint-bases"],
        ["mypy", "--strict", "-p", "wattshift"],
    ],
    ids=["stubtest", "mypy"],
)
def test_types_hold(words, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", *words], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
