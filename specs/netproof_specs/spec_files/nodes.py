"""A spec file's YAML as located nodes, and the strict ways of looking into them.

Each function that meets a mistake notes it on the page and answers with what can still be used,
so that one run reports them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import yaml

from netproof_specs.claim_language.words import alternatives, closest, printable, quoted
from netproof_specs.documents.yaml_scalars import TAG, TRUE
from netproof_specs.documents.yaml_text import compose
from netproof_specs.locations import Location, Step
from netproof_specs.problems import InputError, Problem

_DEEPEST = 50
_KINDS = {
    "map": "a mapping",
    "seq": "a list",
    "str": "a string",
    "int": "a number",
    "float": "a number",
    "bool": "a Boolean",
    "null": "nothing (null)",
    "timestamp": "a date",
}


@dataclass(frozen=True, slots=True)
class Form:
    """A form of file, for messages: its name, what stands at its top, and two pieces of advice.

    `manifests` is as what manifests are named, `instead` what to do in place of an alias.
    """

    name: str
    keys: str
    manifests: str
    instead: str


SPEC = Form(
    "spec",
    "one or more of `groups`, `policies`, `exclude` and `claims`",
    "paths",
    "name a group and use its name instead",
)


@dataclass(frozen=True, slots=True)
class Page:
    """A spec file under reading; `problems` grows with each mistake found."""

    file: str
    problems: list[Problem]


@dataclass(frozen=True, slots=True)
class Value:
    """A node of the page together with the path that leads to it."""

    page: Page
    node: yaml.Node
    path: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One pair of a mapping; `at` is the key as a value, to place a mistake at."""

    key: str
    at: Value
    value: Value


def location_of(value: Value) -> Location:
    """Where the value starts."""
    return _at_mark(value.page.file, value.node.start_mark, value.path)


class _Mark(Protocol):
    line: int
    column: int


def _at_mark(file: str, mark: _Mark | None, path: tuple[Step, ...] = ()) -> Location:
    if mark is None:
        return Location(file, 1, 1, path=path)
    return Location(file, mark.line + 1, mark.column + 1, path=path)


def complain(value: Value, message: str, suggestion: str, code: str) -> None:
    """Notes a mistake at the value."""
    value.page.problems.append(Problem(location_of(value), message, suggestion, code))


def in_file_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems of one file by their places, those without one first."""
    return tuple(sorted(problems, key=_order))


def _order(problem: Problem) -> tuple[int, int]:
    return (problem.where.line, problem.where.column) if problem.where else (0, 0)


def compose_page(file: str, text: bytes | str, form: Form = SPEC) -> Value:
    """The root of the only document in a text; raises InputError where YAML cannot be read.

    Plain scalars are read as in manifests: `y` is a Boolean, `08` and `1e3` are numbers.

    Aliases are refused, since a few lines of them expand without bound, and so is deep nesting.
    """
    decoded = _decode(file, text)
    try:
        _scan(file, decoded, form)
        root = compose(decoded.encode())
    except yaml.MarkedYAMLError as error:
        message = f"this is not valid YAML: {error.problem or error.context}"
        where = _at_mark(file, error.problem_mark or error.context_mark)
        raise InputError((Problem(where, message, code="yaml"),)) from None
    except yaml.YAMLError as error:
        message = f"this is not valid YAML: {str(error).splitlines()[0]}"
        raise InputError((Problem(Location(file, 1, 1), message, code="yaml"),)) from None
    if root is None:
        message, hint = f"the {form.name} is empty", f"a {form.name} has {form.keys}"
        raise InputError((Problem(Location(file, 1, 1), message, hint, "empty"),))
    return Value(Page(file, []), root)


def _decode(file: str, text: bytes | str) -> str:
    try:
        if isinstance(text, bytes):
            return text.decode("utf-8-sig")
        text.encode()
    except UnicodeError:
        problem = Problem(Location(file, 1, 1), "the file is not UTF-8 text", code="encoding")
        raise InputError((problem,)) from None
    return text.removeprefix("\ufeff")


_MANIFEST = re.compile(r"^(?:apiVersion|kind)\s*:", re.MULTILINE)


def _scan(file: str, text: str, form: Form) -> None:
    """Refuses what cannot be composed safely, before the tree is built."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        match event:
            case yaml.CollectionStartEvent():
                depth += 1
            case yaml.CollectionEndEvent():
                depth -= 1
            case yaml.DocumentStartEvent():
                documents += 1
        if depth > _DEEPEST:
            _refuse(file, event, "the nesting is too deep", f"{_DEEPEST} levels at most", "depth")
        if documents > 1 and _MANIFEST.search(text):
            hint = f"name manifests as {form.manifests}; a {form.name} has {form.keys}"
            message = f"these are Kubernetes manifests, not a {form.name}"
            _refuse(file, event, message, hint, f"not-a-{form.name}")
        if documents > 1:
            message = f"a {form.name} file is one document"
            _refuse(file, event, message, "use one file each", "documents")
        if isinstance(event, yaml.AliasEvent):
            hint = f"write it out, or {form.instead}"
            _refuse(file, event, f"a {form.name} takes no YAML aliases", hint, "alias")


def _refuse(file: str, event: yaml.Event, message: str, suggestion: str, code: str) -> None:
    where = _at_mark(file, event.start_mark)
    raise InputError((Problem(where, message, suggestion, code),))


def kind_of(value: Value) -> str:
    """What the value is, for a message: `a list`."""
    return _KINDS.get(value.node.tag.removeprefix(TAG), f"of type {quoted(value.node.tag)}")


def is_string(value: Value) -> bool:
    """True iff YAML reads the value as a string."""
    return isinstance(value.node, yaml.ScalarNode) and value.node.tag == TAG + "str"


def is_mapping(value: Value) -> bool:
    """True iff the value is a plain mapping."""
    return isinstance(value.node, yaml.MappingNode) and value.node.tag == TAG + "map"


def is_list(value: Value) -> bool:
    """True iff the value is a plain list."""
    return isinstance(value.node, yaml.SequenceNode) and value.node.tag == TAG + "seq"


def entries(value: Value, what: str) -> list[Entry]:
    """The pairs of a mapping in their order; notes other types and repeated or retyped keys."""
    if not is_mapping(value):
        complain(value, f"{what} must be a mapping, not {kind_of(value)}", "", "type")
        return []
    found: dict[str, Entry] = {}
    for key_node, node in value.node.value:
        entry = _entry(value, key_node, node)
        if entry is None:
            continue
        if entry.key in found:
            first = location_of(found[entry.key].at)
            message = f"the key {quoted(entry.key)} stands twice in {what}"
            complain(entry.at, message, f"the first one is at {first}", "duplicate-key")
        else:
            found[entry.key] = entry
    return list(found.values())


def _entry(value: Value, key_node: yaml.Node, node: yaml.Node) -> Entry | None:
    at = Value(value.page, key_node, value.path)
    key = string(at, "a key")
    if key is None:
        return None
    path = (*value.path, key)
    return Entry(key, Value(value.page, key_node, path), Value(value.page, node, path))


def known_entries(value: Value, known: tuple[str, ...], what: str) -> dict[str, Value]:
    """The pairs of a mapping by key; notes the keys that are not among `known`."""
    found = {}
    for entry in entries(value, what):
        if entry.key in known:
            found[entry.key] = entry.value
            continue
        suggestion = _hint_for_key(value, entry, known, what)
        complain(entry.at, f"unknown key {quoted(entry.key)}", suggestion, "unknown-field")
    return found


def _hint_for_key(value: Value, entry: Entry, known: tuple[str, ...], what: str) -> str:
    """What to write for an unknown key; `{claim: only A, C can reach B}` is cut at its comma."""
    in_braces = isinstance(value.node, yaml.MappingNode) and value.node.flow_style
    if in_braces and entry.value.node.value == "":
        return "inside `{...}` a comma ends a text; put a text that holds a comma in quotes"
    takes = f"{what} takes {alternatives(f'`{key}`' for key in known)}"
    close = closest(entry.key, known)
    return f"did you mean `{close}`? {takes}" if close else takes


def items(value: Value, what: str) -> list[Value]:
    """The members of a list; notes other types."""
    if not is_list(value):
        complain(value, f"{what} must be a list, not {kind_of(value)}", "", "type")
        return []
    return [
        Value(value.page, node, (*value.path, index)) for index, node in enumerate(value.node.value)
    ]


def string(value: Value, what: str) -> str | None:
    """The string that the value is; notes and answers `None` for anything else."""
    if is_string(value):
        return str(value.node.value)
    suggestion = ""
    retyped = value.node.tag.removeprefix(TAG) in _KINDS
    if isinstance(value.node, yaml.ScalarNode) and value.node.value and retyped:
        written = printable(value.node.value)
        suggestion = f'YAML takes it for {kind_of(value)}; write it in quotes: "{written}"'
    complain(value, f"{what} must be a string, not {kind_of(value)}", suggestion, "type")
    return None


def scalar(value: Value) -> str | None:
    """What is written where a scalar stands, of whatever type YAML takes it for."""
    return str(value.node.value) if isinstance(value.node, yaml.ScalarNode) else None


def line(value: Value, what: str) -> str | None:
    """A string of printable characters as one line of single spaces; notes anything else."""
    text = string(value, what)
    if text is None:
        return None
    joined = " ".join(text.split())
    if not joined or not joined.isprintable():
        message = f"{what} must be printable text, not {quoted(text)}"
        complain(value, message, "", "bad-text")
        return None
    return joined


def boolean(value: Value, what: str) -> bool:
    """The Boolean that the value is; notes anything else and answers false."""
    if value.node.tag == TAG + "bool" and isinstance(value.node, yaml.ScalarNode):
        return value.node.value in TRUE
    complain(value, f"{what} must be `true` or `false`, not {kind_of(value)}", "", "type")
    return False


def choice(value: Value, what: str, allowed: Iterable[str]) -> str | None:
    """The string that the value is, one of `allowed`; notes anything else."""
    text = string(value, what)
    names = tuple(allowed)
    if text is None or text in names:
        return text
    close = closest(text, names)
    suggestion = f"it is one of {alternatives(f'`{name}`' for name in names)}"
    suggestion = f"did you mean `{close}`? {suggestion}" if close else suggestion
    complain(value, f"{quoted(text)} is not {what}", suggestion, "bad-value")
    return None
