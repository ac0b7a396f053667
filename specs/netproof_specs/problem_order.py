"""Problems as a report prints them: in input order, with the line that they concern."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from netproof_specs.decoding import shown
from netproof_specs.documents.json_text import JsonText, resolve_in
from netproof_specs.frozen import replace
from netproof_specs.problems import Problem

_YAML_LINE_END = "\r\n|[\n\r\u0085\u2028\u2029]"
_BEFORE, _WIDTH = 60, 120
_TEMPLATE = "the file holds `{{ ... }}`: render the template first, with `helm template` for one"


def in_order(
    problems: Sequence[Problem], texts: Mapping[str, bytes], json_texts: Mapping[str, JsonText]
) -> tuple[Problem, ...]:
    """The problems in input order, with line and column, an excerpt and a hint at templates.

    What was met twice, as a value is whose mapping has a merge key, is said once. `texts` are the
    files in the order of the input; a problem of another file comes last.
    """
    ranks = {name: rank for rank, name in enumerate(texts)}
    located = [_located(problem, json_texts) for problem in dict.fromkeys(problems)]
    lines: dict[str, list[str]] = {}
    ordered = sorted(located, key=lambda problem: _rank(problem, ranks))
    return tuple(_with_line(problem, texts, json_texts, lines) for problem in ordered)


def _rank(problem: Problem, ranks: Mapping[str, int]) -> tuple[int, int, int, int]:
    where = problem.where
    if where is None:
        return -1, 0, 0, 0
    return ranks.get(where.file, len(ranks)), where.document, where.line, where.column


def _located(problem: Problem, json_texts: Mapping[str, JsonText]) -> Problem:
    if problem.where is None:
        return problem
    return replace(problem, where=resolve_in(problem.where, json_texts))


def _with_line(
    problem: Problem,
    texts: Mapping[str, bytes],
    json_texts: Mapping[str, JsonText],
    lines: dict[str, list[str]],
) -> Problem:
    where = problem.where
    if where is None or not where.line or where.file not in texts:
        return problem
    if where.file not in lines:
        text = texts[where.file].decode("utf-8-sig", "replace")
        # JSON has one line end; libyaml counts more, and Windows' two characters as one.
        is_json = where.file in json_texts or where.file.endswith(".json")
        lines[where.file] = re.split("\n" if is_json else _YAML_LINE_END, text)
    if where.line > len(lines[where.file]):
        return problem
    line = lines[where.file][where.line - 1]
    excerpt = problem.excerpt or _excerpt(line, where.column)
    return replace(problem, excerpt=excerpt, suggestion=_suggestion(problem, line))


def _excerpt(line: str, column: int) -> str:
    """A part of the line, and below it a caret under the column, which counts from 1."""
    start = max(0, column - 1 - _BEFORE)
    part = _plain(line[start : start + _WIDTH].rstrip())
    before = _plain(line[start : column - 1])
    return f"    {part}\n    {' ' * (_columns(before) + max(0, column - 1 - len(line)))}^"


def _plain(text: str) -> str:
    return "".join(shown(ch) for ch in text.replace("\t", " "))


def _columns(text: str) -> int:
    """How many columns of a terminal the text takes: wide letters two, combining marks none."""
    wide = sum(unicodedata.east_asian_width(ch) in "WF" for ch in text)
    marks = sum(unicodedata.category(ch) in ("Mn", "Me") for ch in text)
    return len(text) + wide - marks


def _suggestion(problem: Problem, line: str) -> str:
    if "{{" not in line or _TEMPLATE in problem.suggestion:
        return problem.suggestion
    return f"{problem.suggestion}; {_TEMPLATE}" if problem.suggestion else _TEMPLATE
