"""What the tests share: the command to compare with, and a run."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

import wattshift as ws

# A shell that starts the tests behind itself has them ignore Ctrl-C, and all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def command():
    """Runs the command ``wattshift``, built beside."""
    named = os.environ.get("WATTSHIFT_COMMAND")
    found = (
        [Path(named)]
        if named
        else [ROOT / "target" / p / "wattshift" for p in ("release", "debug")]
    )
    binary = next((path for path in found if path.exists()), None)
    if binary is None:
        assert not named, f"there is no {named}"
        pytest.skip("no command to compare with: cargo build, or name one in WATTSHIFT_COMMAND")

    def run(*words, **options):
        return subprocess.run(
            [str(binary), *map(str, words)], check=True, text=True, capture_output=True, **options
        )

    run.binary = binary.resolve()
    return run


@pytest.fixture(scope="session")
def small():
    """A run of few paths and shares with everything kept."""
    return ws.run("default", paths=4096, seed=7, shares=[0, 0.2, 0.5])
