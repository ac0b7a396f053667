"""JSON text as plain values; positions are worked out only when somebody asks for them."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

from netproof_specs.documents.json_positions import Positions
from netproof_specs.frozen import Frozen, field
from netproof_specs.locations import Location, Step, path_text
from netproof_specs.problems import Problem


class JsonText(Frozen):
    """A JSON file's text with what is known so far of where its parts start.

    `data` is the text in UTF-8, `decoded` the text itself once somebody has asked for it. `starts`
    holds the offset of each document, `values` the documents that have been read. They, `children`
    and `lines` are filled on demand, so that working out many positions of one file takes time
    linear in the file. A text of one document that may be large has `positions` instead.
    """

    file: str
    data: bytes
    decoded: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    values: dict[int, Any] = field(default_factory=dict)
    children: dict[int, dict[Step, tuple[int, int]]] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)
    positions: Positions | None = None

    @property
    def text(self) -> str:
        """The whole text, without a byte order mark."""
        if not self.decoded:
            self.decoded.append(self.data.decode("utf-8-sig"))
        return self.decoded[0]


class JsonDocument(Frozen):
    """One JSON document; its locations carry the path and no line."""

    source: JsonText
    index: int

    @property
    def value(self) -> Any:
        """The document as plain data."""
        values = self.source.values
        if self.index not in values:
            start = self.source.starts[self.index]
            values[self.index] = _PLAIN.raw_decode(self.source.text, start)[0]
        return values[self.index]

    @property
    def file(self) -> str:
        """The name of the file that holds the document."""
        return self.source.file

    def where(self, value: Any, path: tuple[Step, ...]) -> Location:
        """The same as `locate`."""
        return Location(self.source.file, 0, 0, self.index, path)

    def where_key(self, holder: Any, path: tuple[Step, ...]) -> Location:
        """The same as `locate`."""
        return Location(self.source.file, 0, 0, self.index, path)

    def locate(self, path: tuple[Step, ...]) -> Location:
        """Where the value at `path` stands, without line and column."""
        return Location(self.source.file, 0, 0, self.index, path)

    def locate_key(self, path: tuple[Step, ...]) -> Location:
        """The same as `locate`: a JSON location does not tell a key from its value."""
        return self.locate(path)

    def locate_in(self, path: tuple[Step, ...], offset: int) -> Location:
        """The same as `locate`: where a text stands is worked out for the whole of it only."""
        return self.locate(path)

    def written(self, path: tuple[Step, ...]) -> str:
        """The scalar at `path` in JSON, or the empty text."""
        value = self.value
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return ""
        if isinstance(value, dict | list):
            return ""
        return value if isinstance(value, str) else json.dumps(value)


class _ConstantError(ValueError):
    """`NaN` or `Infinity`, which JSON does not have."""


def _no_constant(text: str) -> Any:
    raise _ConstantError(text)


def read_json(file: str, text: str, problems: list[Problem]) -> list[JsonDocument]:
    """The JSON documents of a file, one after another; null ones are left out.

    What cannot be read is added to `problems`: syntax errors, `NaN`, nesting without measure and
    objects that hold a key twice.
    """
    source = JsonText(file, b"", [text])
    repeated: list[None] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            repeated.append(None)
        return result

    decoder = json.JSONDecoder(object_pairs_hook=once, parse_constant=_no_constant)
    documents: list[JsonDocument] = []
    position = _skip(text, 0)
    while position < len(text):
        index = len(source.starts)
        source.starts.append(position)
        try:
            value, end = decoder.raw_decode(text, position)
            twice = _duplicates(source, index, position) if repeated else []
        except (ValueError, RecursionError) as error:
            problems.append(_syntax_problem(source, index, position, error))
            return documents
        if repeated:
            problems.extend(twice)
            repeated.clear()
        elif value is not None:
            source.values[index] = value
            documents.append(JsonDocument(source, index))
        position = _skip(text, end)
    return documents


def _syntax_problem(source: JsonText, index: int, position: int, error: Exception) -> Problem:
    if isinstance(error, json.JSONDecodeError):
        line, column = _line_column(source, error.pos)
        where = Location(source.file, line, column, index)
        return Problem(where, f"not valid JSON: {error.msg}", code="json-syntax")
    line, column = _line_column(source, position)
    where = Location(source.file, line, column, index)
    if isinstance(error, RecursionError):
        message, code = "the document nests too many levels deep", "nesting"
    elif isinstance(error, _ConstantError):
        message, code = f"not valid JSON: `{error}` is no JSON value", "json-syntax"
    else:
        message, code = "not valid JSON: a number has too many digits", "json-syntax"
    return Problem(where, message, code=code)


def _duplicates(source: JsonText, index: int, start: int) -> list[Problem]:
    """One problem for each repeated key, in the order of the text."""
    found: list[Problem] = []
    stack: list[tuple[int, tuple[Step, ...]]] = [(start, ())]
    while stack:
        offset, path = stack.pop()
        nested: list[tuple[int, tuple[Step, ...]]] = []
        seen: set[Step] = set()
        for step, at, child in _members(source.text, offset):
            if step in seen:
                line, column = _line_column(source, at)
                place = f" in `{path_text(path)}`" if path else ""
                found.append(
                    Problem(
                        Location(source.file, line, column, index, (*path, step)),
                        f"the key `{step}` occurs twice{place}",
                        "keep one of the two, or merge their contents",
                        "duplicate-key",
                        "B.6",
                    )
                )
            seen.add(step)
            nested.append((child, (*path, step)))
        stack.extend(reversed(nested))
    return found


def resolve_in(location: Location, texts: Mapping[str, JsonText]) -> Location:
    """The location with line and column if it lies in one of the texts; else itself."""
    source = texts.get(location.file)
    if location.line or source is None:
        return location
    return _resolve(source, location)


def _resolve(source: JsonText, location: Location) -> Location:
    """The location with its line and column; as far as its path exists in the text."""
    if source.positions is not None:
        line, column = source.positions.place(location.path)
        return Location(location.file, line, column, location.document, location.path)
    if location.document >= len(source.starts):
        return location
    offset = key = source.starts[location.document]
    for step in location.path:
        if offset not in source.children:
            try:
                members = _members(source.text, offset)
            except RecursionError:
                # What was read with a shorter stack may nest too deep here.
                break
            source.children[offset] = {step: (at, child) for step, at, child in members}
        found = source.children[offset].get(step)
        if found is None:
            break
        key, offset = found
    at = key if location.path and isinstance(location.path[-1], str) else offset
    line, column = _line_column(source, at)
    return Location(location.file, line, column, location.document, location.path)


def _line_column(source: JsonText, offset: int) -> tuple[int, int]:
    if not source.lines:
        position = -1
        source.lines.append(0)
        while (position := source.text.find("\n", position + 1)) >= 0:
            source.lines.append(position + 1)
    line = bisect_right(source.lines, offset)
    return line, offset - source.lines[line - 1] + 1


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\n\r":
        position += 1
    return position


_PLAIN = json.JSONDecoder()


def _members(text: str, start: int) -> list[tuple[Step, int, int]]:
    """Each member of the object or array at `start`: its step, and where key and value start.

    The text must have been read without an error before.
    """
    members: list[tuple[Step, int, int]] = []
    if text[start] not in "{[":
        return members
    named = text[start] == "{"
    position = _skip(text, start + 1)
    while text[position] not in "}]":
        at = position
        step: Step = len(members)
        if named:
            step, position = _PLAIN.raw_decode(text, position)
            position = _skip(text, _skip(text, position) + 1)
        members.append((step, at, position))
        _, position = _PLAIN.raw_decode(text, position)
        position = _skip(text, position)
        if text[position] == ",":
            position = _skip(text, position + 1)
    return members
