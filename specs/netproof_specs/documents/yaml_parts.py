"""A YAML text in parts that libyaml reads one by one as it reads the whole: object by object.

A line `---` ends whatever stands before it, and in a list of block style a dash in the list's own
column begins the next element. That holds in every text that libyaml can read: within a quoted
scalar or brackets the lines would not count, but a part in which such a thing is not closed is
none that libyaml reads, and then the text is not read in parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from netproof_specs.frozen import Frozen
from netproof_specs.locations import Step


class NotInPartsError(Exception):
    """The text has to be read as a whole."""


class Part(Frozen):
    """One document of a file, or one element of the `items` of one.

    `above` counts the lines of the file above the part; `base` leads from the root of document
    `index` to the value. The text of an element begins with its dash.
    """

    file: str
    text: str
    above: int
    index: int
    base: tuple[Step, ...] = ()


class Around(Frozen):
    """What stands before and after the elements of a list, as two texts of their own."""

    before: str
    after: str


_MARKER = re.compile(r"^(?:---|\.\.\.|%)[^\n]*(?:\n|\Z)", re.MULTILINE)
_PLAIN_MARKER = re.compile(r"---(?: *| +#[^\n]*)(?:\n|\Z)")
_CONTENT = re.compile(r"^ *[^ #\n]", re.MULTILINE)
_ITEMS = re.compile(r"^items: *\n", re.MULTILINE)
_FIRST = re.compile(r"(?: *(?:#[^\n]*)?\n)*( *)- ")
_NEXT_KEY = re.compile(r"^[^ \-#\n]", re.MULTILINE)


def documents(file: str, text: str) -> Iterator[Part]:
    """The documents of a text, those without content left out but counted.

    Raises NotInPartsError for directives and for documents that begin or end in other ways.
    """
    start, above, index = 0, 0, 0
    begun = False
    for marker in [*_MARKER.finditer(text), None]:
        end = len(text) if marker is None else marker.start()
        document = text[start:end]
        full = has_content(document)
        if full:
            yield Part(file, document, above, index)
        # What stands before the first line `---` is a document only if it has content.
        index += 1 if full or begun else 0
        if marker is None:
            return
        if not _PLAIN_MARKER.fullmatch(marker.group()):
            raise NotInPartsError
        begun = True
        above += document.count("\n") + 1
        start = marker.end()


def has_content(text: str) -> bool:
    """Iff there is more in it than blanks and comments."""
    return _CONTENT.search(text) is not None


def elements(document: Part) -> tuple[Around, list[Part]] | None:
    """The elements of a document whose `items` are a block list, or `None` for another one."""
    text = document.text
    items = _ITEMS.search(text)
    if items is None:
        return None
    after = _NEXT_KEY.search(text, items.end())
    end = len(text) if after is None else after.start()
    first = _FIRST.match(text, items.end(), end)
    if first is None:
        return None
    dash = re.compile(f"^{first.group(1)}- ", re.MULTILINE)
    starts = [found.start() for found in dash.finditer(text, items.end(), end)]
    parts: list[Part] = []
    above = document.above + text.count("\n", 0, starts[0])
    for position, (start, stop) in enumerate(zip(starts, [*starts[1:], end], strict=True)):
        element = text[start:stop]
        parts.append(Part(document.file, element, above, document.index, ("items", position)))
        above += element.count("\n")
    return Around(text[: items.start()], text[end:]), parts


def is_around_a_list(values: tuple[Any, Any]) -> bool:
    """Iff the values before and after the elements make a `List` of v1."""
    found: dict[Any, Any] = {}
    for value in values:
        if value is None:
            continue
        if not isinstance(value, dict) or found.keys() & value.keys():
            return False
        found |= value
    known = found.keys() <= {"apiVersion", "kind", "metadata"}
    return known and found.get("apiVersion") == "v1" and found.get("kind") == "List"
