"""A spec file's YAML as located nodes, and the strict ways of looking into them.

Whatever meets a mistake notes it on the page and answers with what can still be used,
so that one run reports them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol

import yaml

from netproof_specs.claim_language.words import alternatives, closest, printable, quoted
from netproof_specs.documents.yaml_scalars import TAG, TRUE
from netproof_specs.documents.yaml_text import compose
from netproof_specs.frozen import Frozen
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


class Form(Frozen):
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


class Page(Frozen):
    """A spec file under reading; `problems` grows with each mistake found."""

    file: str
    problems: list[Problem]


class Value(Frozen):
    """A node of the page together with the path that leads to it."""

    page: Page
    node: yaml.Node
    path: tuple[Step, ...] = ()

    def where(self) -> Location:
        """Where the value starts."""
        return _at_mark(self.page.file, self.node.start_mark, self.path)

    def complain(self, message: str, suggestion: str, code: str) -> None:
        """Notes a mistake at the value."""
        self.page.problems.append(Problem(self.where(), message, suggestion, code))

    def kind(self) -> str:
        """What the value is, for a message: `a list`."""
        return _KINDS.get(self.node.tag.removeprefix(TAG), f"of type {quoted(self.node.tag)}")

    def is_string(self) -> bool:
        """True iff YAML reads the value as a string."""
        return isinstance(self.node, yaml.ScalarNode) and self.node.tag == TAG + "str"

    def is_mapping(self) -> bool:
        """True iff the value is a plain mapping."""
        return isinstance(self.node, yaml.MappingNode) and self.node.tag == TAG + "map"

    def is_list(self) -> bool:
        """True iff the value is a plain list."""
        return isinstance(self.node, yaml.SequenceNode) and self.node.tag == TAG + "seq"

    def entries(self, what: str) -> list[Entry]:
        """The pairs of a mapping in their order; notes other types and repeated or retyped keys."""
        if not self.is_mapping():
            self.complain(f"{what} must be a mapping, not {self.kind()}", "", "type")
            return []
        found: dict[str, Entry] = {}
        for key_node, node in self.node.value:
            entry = _entry(self, key_node, node)
            if entry is None:
                continue
            if entry.key in found:
                first = found[entry.key].at.where()
                message = f"the key {quoted(entry.key)} stands twice in {what}"
                entry.at.complain(message, f"the first one is at {first}", "duplicate-key")
            else:
                found[entry.key] = entry
        return list(found.values())

    def known_entries(self, known: tuple[str, ...], what: str) -> dict[str, Value]:
        """The pairs of a mapping by key; notes the keys that are not among `known`."""
        found = {}
        for entry in self.entries(what):
            if entry.key in known:
                found[entry.key] = entry.value
                continue
            suggestion = _hint_for_key(self, entry, known, what)
            entry.at.complain(f"unknown key {quoted(entry.key)}", suggestion, "unknown-field")
        return found

    def items(self, what: str) -> list[Value]:
        """The members of a list; notes other types."""
        if not self.is_list():
            self.complain(f"{what} must be a list, not {self.kind()}", "", "type")
            return []
        nodes = enumerate(self.node.value)
        return [Value(self.page, node, (*self.path, index)) for index, node in nodes]

    def one_or_more(self, message: str = "", suggestion: str = "") -> list[Value]:
        """The members of a list, or the value alone; notes an empty list if told in what words."""
        found = self.items("the list") if self.is_list() else [self]
        if message and not found:
            self.complain(message, suggestion, "empty")
        return found

    def string(self, what: str) -> str | None:
        """The string that the value is; notes and answers `None` for anything else."""
        if self.is_string():
            return str(self.node.value)
        suggestion = ""
        retyped = self.node.tag.removeprefix(TAG) in _KINDS
        if isinstance(self.node, yaml.ScalarNode) and self.node.value and retyped:
            written = printable(self.node.value)
            suggestion = f'YAML takes it for {self.kind()}; write it in quotes: "{written}"'
        self.complain(f"{what} must be a string, not {self.kind()}", suggestion, "type")
        return None

    def scalar(self) -> str | None:
        """What is written where a scalar stands, of whatever type YAML takes it for."""
        return str(self.node.value) if isinstance(self.node, yaml.ScalarNode) else None

    def line(self, what: str) -> str | None:
        """A string of printable characters as one line of single spaces; notes anything else."""
        text = self.string(what)
        if text is None:
            return None
        joined = " ".join(text.split())
        if not joined or not joined.isprintable():
            message = f"{what} must be printable text, not {quoted(text)}"
            self.complain(message, "", "bad-text")
            return None
        return joined

    def boolean(self, what: str) -> bool:
        """The Boolean that the value is; notes anything else and answers false."""
        if self.node.tag == TAG + "bool" and isinstance(self.node, yaml.ScalarNode):
            return self.node.value in TRUE
        self.complain(f"{what} must be `true` or `false`, not {self.kind()}", "", "type")
        return False

    def choice(self, what: str, allowed: Iterable[str]) -> str | None:
        """The string that the value is, one of `allowed`; notes anything else."""
        text = self.string(what)
        names = tuple(allowed)
        if text is None or text in names:
            return text
        close = closest(text, names)
        suggestion = f"it is one of {alternatives(f'`{name}`' for name in names)}"
        suggestion = f"did you mean `{close}`? {suggestion}" if close else suggestion
        self.complain(f"{quoted(text)} is not {what}", suggestion, "bad-value")
        return None


class Entry(Frozen):
    """One pair of a mapping; `at` is the key as a value, to place a mistake at."""

    key: str
    at: Value
    value: Value


class _Mark(Protocol):
    line: int
    column: int


def _at_mark(file: str, mark: _Mark | None, path: tuple[Step, ...] = ()) -> Location:
    if mark is None:
        return Location(file, 1, 1, path=path)
    return Location(file, mark.line + 1, mark.column + 1, path=path)


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


def _entry(value: Value, key_node: yaml.Node, node: yaml.Node) -> Entry | None:
    at = Value(value.page, key_node, value.path)
    key = at.string("a key")
    if key is None:
        return None
    path = (*value.path, key)
    return Entry(key, Value(value.page, key_node, path), Value(value.page, node, path))


def _hint_for_key(value: Value, entry: Entry, known: tuple[str, ...], what: str) -> str:
    """What to write for an unknown key; `{claim: only A, C can reach B}` is cut at its comma."""
    in_braces = isinstance(value.node, yaml.MappingNode) and value.node.flow_style
    if in_braces and entry.value.node.value == "":
        return "inside `{...}` a comma ends a text; put a text that holds a comma in quotes"
    takes = f"{what} takes {alternatives(f'`{key}`' for key in known)}"
    close = closest(entry.key, known)
    return f"did you mean `{close}`? {takes}" if close else takes
