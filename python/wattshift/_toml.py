"""Values of Python as the TOML of a study, and tables that stand in for files.

A study given as a dict, and what is laid over one, take the road that a study file takes: there is
one reader, with one set of errors.
"""

from __future__ import annotations

import datetime
import json
import os
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def written(values: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """The TOML of values by key, dotted or nested, and the texts of the tables among them by key.

    What is ``None`` is taken out of the study below.

    >>> written({"paths": 4096, "mining": {"uptime": 0.9}, "mining.switch_off": True})
    ('paths = 4096\\nmining.uptime = 0.9\\nmining.switch_off = true\\n', {})
    >>> written({"claim": None, "data": {"rent": None}})
    ('without = ["claim", "data.rent"]\\n', {})
    """
    lines: list[str] = []
    texts: dict[str, str] = {}
    named = values.get("without", ())
    if isinstance(named, str):
        raise TypeError(f"without is a list of keys and tables: without=[{named!r}]")
    without: list[str] = list(named)
    for path, value in _leaves(values):
        key = ".".join(_key(part) for part in path)
        dotted = ".".join(path)
        if value is None:
            without.append(dotted)
        elif dotted != "without":
            lines.append(f"{key} = {_value(value, dotted, texts)}\n")
    if without:
        lines.insert(0, f"without = {_value(without, 'without', texts)}\n")
    return "".join(lines), texts


def _leaves(values: Mapping[str, Any]) -> Any:
    for key, value in values.items():
        head, dot, rest = key.partition(".")
        # Below [basis] a dotted key is one key.
        path = [head, rest] if dot and head == "basis" else key.split(".")
        if isinstance(value, Mapping) and len(path) == 1 and key != "shares":
            yield from ((path + inner, leaf) for inner, leaf in _below(key, value))
        else:
            yield path, value


def _below(table: str, values: Mapping[str, Any]) -> Any:
    for key, value in values.items():
        yield ([key] if table == "basis" else key.split(".")), value


def _key(part: str) -> str:
    return part if _BARE.fullmatch(part) else _text(part)


def _text(text: str) -> str:
    # A string of JSON is one of TOML but for DEL, which TOML wants escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any, key: str, texts: dict[str, str]) -> str:
    csv = _csv(value)
    if csv is not None:
        texts[key] = csv
        return _text(f"{key} ({type(value).__name__})")
    if isinstance(value, np.generic | np.ndarray) and not isinstance(value, np.datetime64):
        value = value.tolist()
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[D]").item()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str | os.PathLike):
        return _text(os.fspath(value))
    if isinstance(value, datetime.datetime):
        value = value.date() if value.time() == datetime.time() else value
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        pairs = (
            f"{_key(name)} = {_value(inner, key if name == 'file' else f'{key}.{name}', texts)}"
            for name, inner in value.items()
        )
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, list | tuple):
        # The first file of several goes by the key, the others by the key and their number.
        keys = (f"{key}[{index}]" if index else key for index in range(len(value)))
        return "[" + ", ".join(_value(v, k, texts) for v, k in zip(value, keys, strict=True)) + "]"
    raise TypeError(f"{key}: a {type(value).__name__} is no value of a study; leave the key out")


def _csv(value: Any) -> str | None:
    """A table of pandas or polars as CSV; days of the index come first, where there are any."""
    if hasattr(value, "write_csv"):
        return str(value.write_csv())
    if not hasattr(value, "to_csv"):
        if hasattr(value, "to_frame") and hasattr(value, "dtype"):
            return _csv(value.to_frame())
        return None
    table = value.to_frame() if value.ndim == 1 else value
    if isinstance(table.columns[0], int):
        table = table.rename(columns={table.columns[0]: "value"})
    index = table.index
    has_days = str(index.dtype).startswith(("datetime", "period"))
    label = index.name if index.name is not None else ("date" if has_days else None)
    keeps = has_days or index.name is not None
    return str(table.to_csv(index=keeps, index_label=label if keeps else None))
