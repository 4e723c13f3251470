"""wattshift: the distribution, with its tail, of a Bitcoin miner's revenue when a share of its
power goes to AI and HPC.

>>> import wattshift as ws
>>> r = ws.run("default", paths=2048, seed=7, shares=[0, 0.2])
>>> r.paths("revenue", share=0.2).shape
(2048,)

A window on the engine: it converts, and computes nothing. The numbers are those of the command
``wattshift`` for the same study and seed, to the bit.
"""

from . import models
from ._errors import CalibrationError, EngineError, InputError
from ._lib import __version__
from .beside import panel, stress
from .markets import Markets, market
from .result import Estimate, Result, calibrate, check, explain, merge, run
from .study import Study, names

__all__ = [
    "CalibrationError",
    "EngineError",
    "Estimate",
    "InputError",
    "Markets",
    "Result",
    "Study",
    "__version__",
    "calibrate",
    "check",
    "explain",
    "market",
    "merge",
    "models",
    "names",
    "panel",
    "run",
    "stress",
]
