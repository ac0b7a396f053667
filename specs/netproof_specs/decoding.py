"""Strict decoding of plain values: what fits no field, type or rule is reported with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from enum import Enum
from typing import Any, NamedTuple, TypeVar

from netproof_specs.documents.located import Manifest
from netproof_specs.documents.yaml_scalars import Binary, NonStringKey, OddNumber, Timestamp
from netproof_specs.frozen import Frozen, field
from netproof_specs.locations import Location, Step, path_text
from netproof_specs.problems import Problem
from netproof_specs.syntax import ParsedBlock

T = TypeVar("T")
E = TypeVar("E", bound=Enum)


class Decoding(Enum):
    """What becomes of a field that the API does not know (B.2)."""

    STRICT = "strict"
    LENIENT = "lenient"


class Report(Frozen):
    """Collects the problems and notes of one load, and what has already been found valid."""

    decoding: Decoding
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    valid: set[tuple[str, str]] = field(default_factory=set)
    blocks: dict[str, ParsedBlock] = field(default_factory=dict)


class Shape(Frozen):
    """The fields of a mapping, and what to say of fields that belong elsewhere."""

    title: str
    fields: tuple[str, ...]
    hints: Mapping[str, str] = field(default_factory=dict)


class Cursor(NamedTuple):
    """A value inside an object, with its path from the object's root.

    It tells what is wrong there. A named tuple because a load makes one for nearly every value.
    """

    manifest: Manifest
    report: Report
    path: tuple[Step, ...]
    value: Any

    def down(self, step: Step, value: Any) -> Cursor:
        """The cursor of a part of this value."""
        return Cursor(self.manifest, self.report, (*self.path, step), value)

    def where(self) -> Location:
        """Where the value stands."""
        return self.manifest.where(self.value, self.path)

    def place(self) -> str:
        """The path of the value as a message starts with it."""
        return f"{path_text(self.path)}: " if self.path else ""

    # --- what is wrong -------------------------------------------------------------------------

    def refuse(self, message: str, suggestion: str = "", *, code: str, clause: str = "") -> None:
        """Adds a problem with the value."""
        self._add(self.where(), message, suggestion, (code, clause))

    def refuse_key(
        self, message: str, suggestion: str = "", *, code: str, clause: str = ""
    ) -> None:
        """Adds a problem with the key that leads to the value."""
        where = self.manifest.locate_key(self.path)
        self._add(where, message, suggestion, (code, clause))

    def _add(self, where: Location, message: str, suggestion: str, rule: tuple[str, str]) -> None:
        text = f"{self.place()}{message}"
        self.report.problems.append(Problem(where, text, suggestion, *rule))

    def remark(self, message: str, suggestion: str = "", *, code: str, clause: str) -> None:
        """Adds a note on the value."""
        note = Problem(self.where(), f"{self.place()}{message}", suggestion, code, clause)
        self.report.notes.append(note)

    def missing(self, name: str, hint: str = "", *, clause: str) -> None:
        """Refuses a mapping without a field that it must have; the hint says what to write."""
        suggestion = hint or f"write `{name}: ...`"
        self.refuse(f"`{name}` is missing", suggestion, code="missing-field", clause=clause)

    def wrong_type(self, wanted: str, suggestion: str) -> None:
        """Reports a value of another type than `wanted`."""
        found = type_name(self.value)
        written = self.manifest.written(self.path)
        shown_value = f" `{shown(written)}`" if written else ""
        message = f"must be {wanted}, not {found}{shown_value}"
        self.refuse(message, suggestion, code="wrong-type", clause="B.4")

    # --- what it is ----------------------------------------------------------------------------

    def string(self) -> str | None:
        """The text, or `None` with a problem where the value is no string (B.4)."""
        if isinstance(self.value, str):
            return self.value
        self.wrong_type("a string", quote_hint(self))
        return None

    def choose(  # noqa: PLR0913 (what is refused is told in words, code and clause)
        self,
        text: str | None,
        known: Iterable[E],
        what: str,
        *,
        code: str,
        clause: str,
        otherwise: str = "",
    ) -> E | None:
        """Which of the words the text here is, or `None` with a problem and what was meant.

        `otherwise` is the hint where it resembles no known word; `None` has been refused already.
        """
        words = {one.value: one for one in known}
        if text is None or text in words:
            return None if text is None else words[text]
        meant = next((one for one in words if one.lower() == text.lower()), None)
        hint = otherwise or one_of(words)
        hint = f"did you mean `{meant}`?" if meant else hint
        self.refuse(f"no {what} `{shown(text)}`", hint, code=code, clause=clause)
        return None

    def fields(self, shape: Shape) -> Fields:
        """The fields of a mapping; null stands for the empty mapping (A.15).

        A value that is no mapping and, in strict decoding, a field that the shape does not have is
        a problem (B.1, B.4); in lenient decoding the field is dropped with a note (B.2).
        """
        value = self.value
        if value is None:
            return NO_FIELDS
        if not isinstance(value, dict):
            self.wrong_type("a mapping", mapping_hint(value, shape))
            return UNREADABLE
        known = shape.fields
        nulls: tuple[str, ...] = ()
        unknown: tuple[str, ...] = ()
        for name, inner in value.items():
            if name not in known:
                unknown = (*unknown, key_text(name))
                unknown_field(self, name, shape)
            elif inner is None:
                nulls = (*nulls, name)
        return Fields(self, nulls, unknown)

    def only_field(self, shape: Shape, clause: str) -> tuple[str, Cursor] | None:
        """The one field that is given, nulls aside, by name; or `None` with a problem (C.10).

        Where strict decoding has reported an unknown field, that no known one is given is not said.
        """
        given = self.fields(shape)
        if not given.readable:
            return None
        known = ((name, given.get(name)) for name in shape.fields)
        present = {name: value for name, value in known if value is not None}
        if len(present) == 1:
            return present.popitem()
        if not present and given.unknown and self.report.decoding is Decoding.STRICT:
            return None
        names = ", ".join(f"`{name}`" for name in shape.fields)
        found = " and ".join(f"`{name}`" for name in present)
        message = f"must have exactly one of {names}, not {found or 'none'}"
        if given.unknown:
            message += f", after dropping the unknown field `{'`, `'.join(given.unknown)}`"
        hint = "write each as an element of its own" if present else ""
        if not present and given.nulls:
            hint = f"`{given.nulls[0]}:` without a value counts as absent"
        self.refuse(message, hint, code="one-of", clause=clause)
        return None


class Fields(NamedTuple):
    """The fields of a mapping with the names of null and of unknown ones.

    `readable` is false for a value that is no mapping, which has been reported.
    """

    holder: Cursor | None
    nulls: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    readable: bool = True

    def get(self, name: str) -> Cursor | None:
        """The field's cursor, or `None` where it is absent or null."""
        if self.holder is None:
            return None
        manifest, report, path, value = self.holder
        inner = value.get(name)
        return None if inner is None else Cursor(manifest, report, (*path, name), inner)


NO_FIELDS = Fields(None)
UNREADABLE = Fields(None, readable=False)


def needed(
    given: Fields, name: str, holder: Cursor, hint: str = "", *, clause: str
) -> Cursor | None:
    """The field's cursor, or `None` with a problem where it is absent or null.

    Of a holder that is no mapping nothing more is said.
    """
    cursor = given.get(name)
    if cursor is None and given.readable:
        holder.missing(name, hint, clause=clause)
    return cursor


def one_of(words: Iterable[str]) -> str:
    """The hint that lists the words that fit."""
    return f"one of {', '.join(f'`{one}`' for one in words)}"


def mapping_hint(value: Any, shape: Shape) -> str:
    """What to write where a value other than a mapping stands."""
    if isinstance(value, list):
        return "write its fields without the dash"
    return f"write the fields of {shape.title} below it, indented"


def unknown_field(cursor: Cursor, name: Any, shape: Shape) -> None:
    """Reports one unknown field, with the field that was meant as far as that can be told."""
    if isinstance(name, NonStringKey) and name.reported:
        return
    text = key_text(name)
    where = cursor.manifest.locate_key((*cursor.path, text))
    full = path_text((*cursor.path, text))
    hint = field_hint(text, shape)
    if cursor.report.decoding is Decoding.LENIENT:
        cursor.report.notes.append(
            Problem(where, f"unknown field `{full}` dropped", hint, "dropped-field", "B.2")
        )
        return
    message = f"unknown field `{full}`: {shape.title} has no field `{text}`"
    cursor.report.problems.append(Problem(where, message, hint, "unknown-field", "B.1"))


def field_hint(name: str, shape: Shape) -> str:
    """Which field was probably meant by an unknown one, or where it belongs."""
    for known in shape.fields:
        if known.lower() == name.lower():
            return f"did you mean `{known}`? Field names are case-sensitive"
    if name in shape.hints:
        return shape.hints[name]
    close = get_close_matches(name, shape.fields, 1, 0.75)
    if close:
        return f"did you mean `{close[0]}`?"
    for known, hint in shape.hints.items():
        if known.lower() == name.lower():
            return hint
    known_fields = ", ".join(f"`{known}`" for known in shape.fields)
    return f"known fields here: {known_fields}"


def key_text(name: Any) -> str:
    """A mapping key as text."""
    return name if isinstance(name, str) else name.text


def elements(cursor: Cursor | None) -> list[Cursor]:
    """The elements of a list; an absent list has none, and another type is a problem (B.4)."""
    if cursor is None:
        return []
    if isinstance(cursor.value, list):
        return [cursor.down(i, value) for i, value in enumerate(cursor.value)]
    cursor.wrong_type("a list", list_hint(cursor.value))
    return []


def read_elements(cursor: Cursor | None, read: Callable[[Cursor], T | None]) -> tuple[T, ...]:
    """What `read` makes of each element of a list; those that it has refused are left out."""
    found = map(read, elements(cursor))
    return tuple([one for one in found if one is not None])


def mappings(holder: Cursor, name: str, in_list: str, in_mapping: str) -> Iterator[Cursor]:
    """The elements of a list of mappings, none where it is absent.

    What is no list or no mapping is a problem, each with its own hint.
    """
    value = holder.value.get(name)
    if value is None:
        return
    entries = holder.down(name, value)
    if not isinstance(value, list):
        entries.wrong_type("a list", in_list)
        return
    for position, one in enumerate(value):
        entry = entries.down(position, one)
        if isinstance(one, dict):
            yield entry
        else:
            entry.wrong_type("a mapping", in_mapping)


def list_hint(value: Any) -> str:
    """How a value that stands where a list belongs would be written as a list."""
    if isinstance(value, dict) and value:
        name, inner = next(iter(value.items()))
        text = f" {inner}" if isinstance(inner, str | int) else " ..."
        return f"write a list: `- {key_text(name)}:{text}`"
    if isinstance(value, str):
        return f"write a list: `- {shown(value)}`"
    return "write a list: each element on its own line after `- `"


def quote_hint(cursor: Cursor) -> str:
    """How to write a value as the string that its text looks like."""
    if isinstance(cursor.value, Binary):
        return "write the text that the base64 stands for"
    written = cursor.manifest.written(cursor.path)
    return f'quote it: `"{shown(written)}"`' if written else "write a single text"


_TYPES = {
    type(None): "null",
    bool: "the boolean",
    **dict.fromkeys((int, float, OddNumber), "the number"),
    str: "the string",
    list: "a list",
    dict: "a mapping",
    Timestamp: "the date",
    Binary: "the binary value",
    NonStringKey: "the key",
}


def type_name(value: Any) -> str:
    """What a plain value is, in the words of a message."""
    return _TYPES.get(type(value), "an unknown value")


def shown(text: str) -> str:
    """The user's text made fit for one line of a message."""
    clean = "".join(ch if ch.isprintable() else "\N{REPLACEMENT CHARACTER}" for ch in text)
    return clean if len(clean) <= 80 else f"{clean[:77]}..."


def part(cursor: Cursor | None, name: str) -> Cursor | None:
    """A mapping inside a mapping, or `None` where it is absent or null; other types are wrong."""
    if cursor is None:
        return None
    value = cursor.value.get(name)
    if value is None:
        return None
    inner = cursor.down(name, value)
    if isinstance(value, dict):
        return inner
    inner.wrong_type("a mapping", "write its fields below it, indented")
    return None
