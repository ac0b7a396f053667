"""What the reader refuses of a text, held against a table's rows, and where to spoil a value."""

from __future__ import annotations

from typing import Any

from netproof_specs.loading import Decoding, LoadOptions, load_texts
from netproof_specs.problems import InputError, Problem


def problems_of(text: str, decoding: Decoding = Decoding.STRICT) -> tuple[Problem, ...]:
    """What a strict or lenient load of the text refuses, empty where it accepts it."""
    try:
        load_texts({"input": text}, LoadOptions(decoding=decoding))
    except InputError as error:
        return error.problems
    return ()


def check(found: tuple[Problem, ...], expected: list[str]) -> None:
    """The problems are the expected ones, one for one and in order."""
    lines = "\n".join(str(problem) for problem in found)
    assert len(found) == len(expected), lines
    for problem, row in zip(found, expected, strict=True):
        place, code, clause, message = row.split(" ", 3)
        assert problem.where is not None
        assert f"{problem.where.line}:{problem.where.column}" == place, f"{row}\n{lines}"
        assert (problem.code, f"({problem.clause})") == (code, clause), f"{row}\n{lines}"
        assert message in problem.message, f"{row}\n{lines}"


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to every part of the value, its own first."""
    steps: Any = ()
    if isinstance(value, dict):
        steps = value.items()
    elif isinstance(value, list):
        steps = enumerate(value)
    return [path] + [deeper for step, inner in steps for deeper in places(inner, (*path, step))]
