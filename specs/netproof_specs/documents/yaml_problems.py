"""What libyaml finds wrong with a text, in the words of a problem."""

from __future__ import annotations

import yaml

from netproof_specs.locations import Location
from netproof_specs.problems import Problem

_HINTS = (
    (
        "expected comment or line break",
        "`|` and `>` start a block of text: remove what follows it, such as a `| |` left over "
        "from a table",
    ),
    ("mapping values are not allowed", "check the indentation, or quote a text that holds `: `"),
    ("undefined alias", "an anchor `&name` must stand before `*name`, in the same document"),
    ("unknown escape", "a backslash in double quotes starts an escape: use single quotes"),
    ("end of stream", "a quote or bracket is opened and never closed"),
    ("expected ',' or", "a bracket is opened and not closed, or a comma is missing"),
    ("block mapping", "check the indentation of this line against the lines above"),
    ("block sequence", "check the indentation of this line against the lines above"),
    ("expected <block end>", "check the indentation of this line against the lines above"),
)


def syntax_problem(file: str, index: int, data: bytes, error: yaml.YAMLError) -> Problem:
    """The error of the parser as a problem of document `index`."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return _character_problem(file, index, data, error)
    text = str(getattr(error, "problem", None) or error)
    context = getattr(error, "context", None)
    line = _line(data, mark.line)
    hint = next((hint for word, hint in _HINTS if word in text), "")
    character = line[mark.column : mark.column + 1]
    if "cannot start any token" in text:
        hint = (
            "indent with spaces: YAML allows no tabs"
            if character == "\t"
            else f"quote a text that starts with `{character}`"
        )
    message = f"not valid YAML: {f'{context}, ' if context else ''}{text}"
    where = Location(file, mark.line + 1, mark.column + 1, index)
    return Problem(where, message, hint, "yaml-syntax")


def _line(data: bytes, number: int) -> str:
    lines = data.decode("utf-8", "replace").split("\n")
    return lines[number] if number < len(lines) else ""


def _character_problem(file: str, index: int, data: bytes, error: yaml.YAMLError) -> Problem:
    position = int(getattr(error, "position", 0) or 0)
    before = data[:position].decode("utf-8", "replace")
    line = before.count("\n") + 1
    where = Location(file, line, len(before) - (before.rfind("\n") + 1) + 1, index)
    reason = getattr(error, "reason", None) or str(error)
    hint = "the file holds a control character: is it a text file?"
    return Problem(where, f"not valid YAML: {reason}", hint, "yaml-syntax")
