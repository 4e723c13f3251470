"""What can go wrong, told with the words of the command."""

from __future__ import annotations

from typing import Any


class InputError(ValueError):
    """Something is wrong with what was given: a study, its files, a name, a number.

    Its text is the one that the command prints, every problem at once. ``problems`` is a list of
    dicts with ``what``, ``file``, ``line``, ``column``, ``found``, ``expected`` and ``help``; what
    does not apply is ``None``.

    >>> import wattshift as ws
    >>> try:
    ...     ws.Study.load("default").with_(**{"mining.uptme": 0.9})
    ... except ws.InputError as error:
    ...     print(error.problems[0]["what"], "/", error.problems[0]["help"])
    unknown key `uptme` in [mining] / did you mean `uptime`?
    """

    problems: list[dict[str, Any]]

    def __init__(self, text: str, problems: list[dict[str, Any]] | None = None) -> None:
        super().__init__(text)
        self.problems = problems or []


class CalibrationError(ValueError):
    """The data cannot support the law that was asked for; the text has the numbers."""


class EngineError(RuntimeError):
    """The system refused something (memory, a disk), or wattshift has a bug: the text says."""
