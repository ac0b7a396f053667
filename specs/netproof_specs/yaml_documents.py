"""YAML text as plain values whose positions stay known, read with libyaml's parser.

The parser composes nodes and the values are built here, because PyYAML's own constructor keeps
the last of two equal keys, cannot tell where a value stands, and is slower.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from yaml._yaml import CParser
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from netproof_specs.locations import Location, Step, path_text
from netproof_specs.problems import Problem

_DEPTH = 200
_EXPANSION = 200_000

_TAG = "tag:yaml.org,2002:"
_STR, _MAP, _SEQ, _NULL = _TAG + "str", _TAG + "map", _TAG + "seq", _TAG + "null"
_BOOL, _INT, _FLOAT = _TAG + "bool", _TAG + "int", _TAG + "float"
_TIME, _MERGE, _BINARY = _TAG + "timestamp", _TAG + "merge", _TAG + "binary"

# What the Kubernetes clients' YAML library reads as something other than a string. It differs
# from PyYAML: `y` is a boolean, `1e3` and `08` are numbers, `1:30` is a string.
_NULLS = frozenset(["", "~", "null", "Null", "NULL"])
_TRUE = frozenset(["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"])
_FALSE = frozenset(["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"])
_INT_TEXT = re.compile(r"[-+]?(0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*)")
_DECIMAL = re.compile(r"0|-?[1-9][0-9]{0,99}")
_FLOAT_TEXT = re.compile(
    r"[-+]?(\.[0-9][0-9_]*|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
_TIME_TEXT = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?")


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A plain scalar that YAML 1.1 reads as a date, with its text as written."""

    text: str


@dataclass(frozen=True, slots=True)
class NonStringKey:
    """A mapping key that YAML reads as something other than a string, with its text."""

    text: str


@dataclass(frozen=True, slots=True)
class OddNumber:
    """A number in a form that only some readers take for a number, with its text as written."""

    text: str


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """One YAML document: its plain value, and the nodes that know where each part stands.

    `nodes` leads from the identity of each mapping and list of the value to its node, since most
    positions that are asked for are theirs and a walk from the root costs more than reading.
    """

    file: str
    index: int
    value: Any
    root: Node
    nodes: dict[int, Node]

    def where(self, value: Any, path: tuple[Step, ...]) -> Location:
        """Where `value` starts, which must be the value at `path`."""
        node = self.nodes.get(id(value))
        return self.locate(path) if node is None else self._location(node, path)

    def where_key(self, holder: Any, path: tuple[Step, ...]) -> Location:
        """Where the key that ends `path` starts, in the mapping `holder` that has it."""
        node = self.nodes.get(id(holder))
        found = None if node is None else _child(node, path[-1])
        return self.locate_key(path) if found is None else self._location(found[0], path)

    def locate(self, path: tuple[Step, ...]) -> Location:
        """Where the value at `path` starts; the nearest part that exists if it does not."""
        return self._location(_walk(self.root, path)[1], path)

    def locate_key(self, path: tuple[Step, ...]) -> Location:
        """Where the key that ends `path` starts, or the list element."""
        return self._location(_walk(self.root, path)[0], path)

    def written(self, path: tuple[Step, ...]) -> str:
        """The scalar at `path` as the file writes it, or the empty text."""
        node = _walk(self.root, path)[1]
        return node.value if isinstance(node, ScalarNode) else ""

    def _location(self, node: Node, path: tuple[Step, ...]) -> Location:
        mark = node.start_mark
        return Location(self.file, mark.line + 1, mark.column + 1, self.index, path)


def _walk(root: Node, path: tuple[Step, ...]) -> tuple[Node, Node]:
    """The key and the value node at `path`, as far as it exists."""
    key = node = root
    for step in path:
        found = _child(node, step)
        if found is None:
            break
        key, node = found
    return key, node


def _child(node: Node, step: Step) -> tuple[Node, Node] | None:
    if isinstance(node, MappingNode):
        for key, value in reversed(node.value):
            if isinstance(key, ScalarNode) and key.value == step:
                return key, value
    elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


class _TooDeepError(Exception):
    """The nesting passes the limit; libyaml's composer would overrun the C stack further on."""


class _Composer(CParser):
    """libyaml's composer with tags by the rules above and a bound on the nesting."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.tags: dict[str, str] = {}
        self.depth = 0

    def resolve(self, kind: type, value: Any, implicit: Any) -> str:
        """The tag of a node that the text gives none."""
        if kind is ScalarNode:
            if not implicit[0]:
                return _STR
            tag = self.tags.get(value)
            if tag is None:
                tag = self.tags[value] = _plain_tag(value)
            return tag
        return _MAP if kind is MappingNode else _SEQ

    def descend_resolver(self, parent: Any, index: Any) -> None:
        """Called on entry to each node."""
        self.depth += 1
        if self.depth > _DEPTH:
            raise _TooDeepError

    def ascend_resolver(self) -> None:
        """Called on exit from each node."""
        self.depth -= 1


def _plain_tag(text: str) -> str:
    if text in _NULLS:
        return _NULL
    if text in _TRUE or text in _FALSE:
        return _BOOL
    if text == "<<":
        return _MERGE
    if text[0] in "+-.0123456789":
        if _INT_TEXT.fullmatch(text):
            return _INT
        if _FLOAT_TEXT.fullmatch(text):
            return _FLOAT
        if _TIME_TEXT.fullmatch(text):
            return _TIME
    return _STR


def read_yaml(file: str, data: bytes, problems: list[Problem]) -> list[YamlDocument]:
    """The documents of a file in UTF-8 without a byte order mark, null ones left out.

    What cannot be read is added to `problems`. After a syntax error the rest of the file is lost.
    """
    documents: list[YamlDocument] = []
    templated = b"{{" in data
    for index, root in _roots(file, data, problems):
        builder = _Builder(file, index, root, b"&" in data and b"*" in data)
        value = builder.document()
        problems.extend(_templated(p) if templated else p for p in builder.problems)
        if value is not None or builder.problems:
            documents.append(YamlDocument(file, index, value, root, builder.nodes))
    return documents


def _roots(file: str, data: bytes, problems: list[Problem]) -> Iterator[tuple[int, Node]]:
    composer = _Composer(data)
    index = 0
    try:
        while composer.check_node():
            root = composer.get_node()
            if root is not None:
                yield index, root
            index += 1
    except yaml.YAMLError as error:
        problem = _syntax_problem(file, index, data, error)
        problems.append(_templated(problem) if b"{{" in data else problem)
    except _TooDeepError:
        problems.append(
            Problem(
                Location(file, 1, 1, index),
                f"the document nests more than {_DEPTH} levels deep",
                "no Kubernetes object needs that: check how the file was made",
                "nesting",
            )
        )


def _templated(problem: Problem) -> Problem:
    hint = "the file holds `{{ ... }}`: render the template first (`helm template CHART | ...`)"
    suggestion = f"{problem.suggestion}; {hint}" if problem.suggestion else hint
    return Problem(problem.where, problem.message, suggestion, problem.code, problem.clause)


# --- syntax errors ---------------------------------------------------------------------------

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


def _syntax_problem(file: str, index: int, data: bytes, error: yaml.YAMLError) -> Problem:
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


# --- values ----------------------------------------------------------------------------------


class _UnreadableError(Exception):
    """The document as a whole cannot be built; the reason is among the problems."""


class _Builder:
    """Builds the value of one document and notes what is wrong with it."""

    def __init__(self, file: str, index: int, root: Node, anchored: bool) -> None:
        self.file, self.index, self.root, self.anchored = file, index, root, anchored
        self.problems: list[Problem] = []
        self.built: dict[int, Any] = {}
        self.nodes: dict[int, Node] = {}
        # Kept alive, because `nodes` goes by identity.
        self.merged: list[Any] = []

    def document(self) -> Any:
        try:
            if self.anchored:
                self.bound_expansion()
            return self.value(self.root)
        except _UnreadableError:
            return None

    def value(self, node: Node) -> Any:
        kind = type(node)
        if kind is ScalarNode:
            return self.scalar(node)
        if self.anchored and id(node) in self.built:
            return self.built[id(node)]
        if kind is MappingNode:
            result: Any = self.mapping(node)
        else:
            if node.tag != _SEQ:
                self.refuse_tag(node)
            result = [
                child.value
                if type(child) is ScalarNode and child.tag == _STR
                else self.value(child)
                for child in node.value
            ]
        if self.anchored:
            self.built[id(node)] = result
        self.nodes[id(result)] = node
        return result

    def mapping(self, node: Node) -> dict[Any, Any]:
        if node.tag != _MAP:
            self.refuse_tag(node)
        result: dict[Any, Any] = {}
        for key, child in node.value:
            if type(key) is ScalarNode and key.tag == _STR:
                name: Any = key.value
            elif type(key) is ScalarNode and key.tag == _MERGE:
                self.merge(node)
                return self.mapping(node)
            else:
                name = self.odd_key(key)
            result[name] = (
                child.value
                if type(child) is ScalarNode and child.tag == _STR
                else self.value(child)
            )
        if len(result) != len(node.value):
            self.duplicates(node)
        return result

    def scalar(self, node: Node) -> Any:
        tag, text = node.tag, node.value
        if tag in (_STR, _MERGE):
            return text
        if tag == _NULL:
            return None
        if tag == _BOOL and (text in _TRUE or text in _FALSE):
            return text in _TRUE
        if tag in (_INT, _FLOAT):
            return self.number(node)
        if tag in (_TIME, _BINARY):
            return Timestamp(text)
        self.refuse_tag(node)
        return None

    def number(self, node: Node) -> int | float | OddNumber | None:
        text = node.value
        if node.tag == _INT and _DECIMAL.fullmatch(text):
            return int(text)
        if node.tag == _INT and _INT_TEXT.fullmatch(text):
            return OddNumber(text)
        if _FLOAT_TEXT.fullmatch(text):
            plain = text.replace("_", "").lower()
            return float(plain.replace(".inf", "inf").replace(".nan", "nan"))
        self.refuse_tag(node)
        return None

    def odd_key(self, key: Node) -> Any:
        if type(key) is ScalarNode:
            return NonStringKey(key.value)
        self.note(
            key,
            "a mapping or list stands where a key is expected",
            "write a plain key",
            "complex-key",
            "B.4",
        )
        return NonStringKey(f"key at line {key.start_mark.line + 1}")

    def merge(self, node: Node) -> None:
        """Puts the pairs of `<<` into the node, behind those that the node gives itself."""
        own = [(key, value) for key, value in node.value if key.tag != _MERGE]
        sources: list[Node] = []
        for key, value in node.value:
            if key.tag == _MERGE:
                sources.extend(value.value if type(value) is SequenceNode else [value])
        given = {key.value for key, _ in own if type(key) is ScalarNode}
        merged: list[tuple[Node, Node]] = []
        for source in sources:
            if type(source) is not MappingNode or source is node:
                self.note(source, "`<<` must name a mapping", "write `<<: *anchor`", "merge-key")
                continue
            self.merged.append(self.value(source))
            for key, value in source.value:
                if type(key) is ScalarNode and key.value not in given:
                    given.add(key.value)
                    merged.append((key, value))
        node.value = merged + own

    def bound_expansion(self) -> None:
        """Refuses aliases that stand inside their own anchor, multiply or nest beyond measure."""
        sizes: dict[int, tuple[int, int]] = {}
        active: set[int] = set()
        nodes = self.measure(self.root, sizes, active)
        if nodes[0] > _EXPANSION + 10 * len(sizes) or nodes[1] > _DEPTH:
            self.note(
                self.root,
                "aliases expand to too much data",
                "write the values out",
                "alias-expansion",
            )
            raise _UnreadableError

    def measure(
        self, node: Node, sizes: dict[int, tuple[int, int]], active: set[int]
    ) -> tuple[int, int]:
        if type(node) is ScalarNode:
            return 1, 1
        known = sizes.get(id(node))
        if known is not None:
            return known
        if id(node) in active:
            self.note(
                node, "an alias stands inside its own anchor", "write the value out", "alias-cycle"
            )
            raise _UnreadableError
        active.add(id(node))
        children = (
            [part for pair in node.value for part in pair]
            if type(node) is MappingNode
            else node.value
        )
        measured = [self.measure(child, sizes, active) for child in children]
        active.discard(id(node))
        size = 1 + sum(part[0] for part in measured)
        depth = 1 + max((part[1] for part in measured), default=0)
        sizes[id(node)] = size, depth
        return size, depth

    # --- what is wrong -------------------------------------------------------------------------

    def note(self, node: Node, message: str, suggestion: str, code: str, clause: str = "") -> None:
        where = self.where(node)
        self.problems.append(Problem(where, message, suggestion, code, clause))

    def where(self, node: Node) -> Location:
        mark = node.start_mark
        path = _path_to(self.root, node) or ()
        return Location(self.file, mark.line + 1, mark.column + 1, self.index, path)

    def refuse_tag(self, node: Node) -> None:
        tag = node.tag.replace(_TAG, "!!")
        self.note(node, f"the tag `{tag}` does not fit here", "remove the tag", "yaml-tag")

    def duplicates(self, node: Node) -> None:
        if node is self.root and self.two_objects(node):
            return
        first: dict[str, Node] = {}
        for key, _ in node.value:
            if type(key) is not ScalarNode:
                continue
            if key.value in first:
                place = path_text(_path_to(self.root, node) or ())
                line = first[key.value].start_mark.line + 1
                self.note(
                    key,
                    f"the key `{key.value}` occurs twice"
                    f"{f' in `{place}`' if place else ''}, first on line {line}",
                    "keep one of the two, or merge their contents",
                    "duplicate-key",
                    "B.6",
                )
            first.setdefault(key.value, key)

    def two_objects(self, root: Node) -> bool:
        """Iff `apiVersion` or `kind` repeats at the root: then a line `---` is missing (B.6)."""
        seen: set[str] = set()
        for position, (key, _) in enumerate(root.value):
            if key.value in seen and key.value in ("apiVersion", "kind"):
                first, second = _title(root.value[:position]), _title(root.value[position:])
                self.note(
                    key,
                    f"two objects stand in one document: {first} and {second}",
                    "put a line `---` before the second object",
                    "missing-separator",
                    "B.6",
                )
                return True
            if type(key) is ScalarNode:
                seen.add(key.value)
        return False


def _title(pairs: list[tuple[Node, Node]]) -> str:
    found = {key.value: value for key, value in pairs if type(key) is ScalarNode}
    kind, metadata = found.get("kind"), found.get("metadata")
    name = _child(metadata, "name") if metadata is not None else None
    kind_text = kind.value if type(kind) is ScalarNode else "an object"
    if name is not None and type(name[1]) is ScalarNode:
        return f"{kind_text} `{name[1].value}`"
    return f"{kind_text} without a name"


def _path_to(root: Node, target: Node) -> tuple[Step, ...] | None:
    """The path to a node, or to the mapping that holds it as a key; used for errors only."""
    stack: list[tuple[Node, tuple[Step, ...]]] = [(root, ())]
    seen: set[int] = set()
    while stack:
        node, path = stack.pop()
        if node is target:
            return path
        if type(node) is ScalarNode or id(node) in seen:
            continue
        seen.add(id(node))
        if type(node) is SequenceNode:
            stack.extend((child, (*path, i)) for i, child in enumerate(node.value))
            continue
        for key, value in node.value:
            name = key.value if type(key) is ScalarNode else ""
            if key is target:
                return (*path, name)
            stack.append((value, (*path, name)))
    return None
