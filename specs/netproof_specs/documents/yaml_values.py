"""Plain values from YAML nodes, with everything that is wrong with them."""

from __future__ import annotations

from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from netproof_specs.documents.yaml_nodes import child, path_to
from netproof_specs.documents.yaml_scalars import (
    BINARY,
    BOOL,
    FALSE,
    FLOAT,
    INT,
    MAP,
    MERGE,
    NULL,
    SEQ,
    STR,
    TAG,
    TIME,
    TRUE,
    Binary,
    NonStringKey,
    OddNumber,
    Timestamp,
    number,
)
from netproof_specs.locations import Location, path_text
from netproof_specs.problems import Problem

DEPTH = 200
_EXPANSION = 200_000


class _UnreadableError(Exception):
    """The document as a whole cannot be built; the reason is among the problems."""


class Builder:
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
            if node.tag != SEQ:
                self.refuse_tag(node)
            result = [
                inner.value if type(inner) is ScalarNode and inner.tag == STR else self.value(inner)
                for inner in node.value
            ]
        if self.anchored:
            self.built[id(node)] = result
        self.nodes[id(result)] = node
        return result

    def mapping(self, node: Node) -> dict[Any, Any]:
        if node.tag != MAP:
            self.refuse_tag(node)
        result: dict[Any, Any] = {}
        for key, inner in node.value:
            if type(key) is ScalarNode and key.tag == STR:
                name: Any = key.value
            elif type(key) is ScalarNode and key.tag == MERGE:
                self.merge(node)
                return self.mapping(node)
            else:
                name = self.odd_key(key)
            result[name] = (
                inner.value if type(inner) is ScalarNode and inner.tag == STR else self.value(inner)
            )
        if len(result) != len(node.value):
            self.duplicates(node)
        return result

    def scalar(self, node: Node) -> Any:
        tag, text = node.tag, node.value
        if tag in (STR, MERGE):
            return text
        if tag == NULL:
            return None
        if tag == BOOL and (text in TRUE or text in FALSE):
            return text in TRUE
        if tag in (INT, FLOAT):
            return self.number(node)
        if tag in (TIME, BINARY):
            return Timestamp(text) if tag == TIME else Binary(text)
        self.refuse_tag(node)
        return None

    def number(self, node: Node) -> int | float | OddNumber | None:
        found = number(node.value, whole=node.tag == INT)
        if found is None:
            self.refuse_tag(node)
        return found

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
        return NonStringKey(f"key at line {key.start_mark.line + 1}", reported=True)

    def merge(self, node: Node) -> None:
        """Puts the pairs of `<<` into the node, behind those that the node gives itself."""
        own = [(key, value) for key, value in node.value if key.tag != MERGE]
        sources: list[Node] = []
        for key, value in node.value:
            if key.tag == MERGE:
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
        """Refuses aliases that stand inside their own anchor, multiply or nest beyond measure.

        Only what they add counts, so that a long file is not refused for its length.
        """
        sizes: dict[int, tuple[int, int, int]] = {}
        active: set[int] = set()
        _, added, depth = self.measure(self.root, sizes, active)
        # The more is written, the more may be added: each of many objects may name an anchor.
        if added > _EXPANSION + 10 * len(sizes) or depth > DEPTH:
            self.note(
                self.root,
                "aliases expand to too much data",
                "write the values out",
                "alias-expansion",
            )
            raise _UnreadableError

    def measure(
        self, node: Node, sizes: dict[int, tuple[int, int, int]], active: set[int]
    ) -> tuple[int, int, int]:
        """How many nodes the node stands for, how many of them aliases add, and how deep it nests.

        The alias itself is written as one node, and adds what else it stands for: a scalar nothing.
        """
        if type(node) is ScalarNode:
            return 1, 0, 1
        known = sizes.get(id(node))
        if known is not None:
            size, _, depth = known
            return size, size - 1, depth
        if id(node) in active:
            self.note(
                node, "an alias stands inside its own anchor", "write the value out", "alias-cycle"
            )
            raise _UnreadableError
        active.add(id(node))
        parts = (
            [part for pair in node.value for part in pair]
            if type(node) is MappingNode
            else node.value
        )
        measured = [self.measure(inner, sizes, active) for inner in parts]
        active.discard(id(node))
        size = 1 + sum(part[0] for part in measured)
        added = sum(part[1] for part in measured)
        depth = 1 + max((part[2] for part in measured), default=0)
        sizes[id(node)] = size, added, depth
        return size, added, depth

    # --- what is wrong -------------------------------------------------------------------------

    def note(self, node: Node, message: str, suggestion: str, code: str, clause: str = "") -> None:
        where = self.where(node)
        self.problems.append(Problem(where, message, suggestion, code, clause))

    def where(self, node: Node) -> Location:
        mark = node.start_mark
        path = path_to(self.root, node) or ()
        return Location(self.file, mark.line + 1, mark.column + 1, self.index, path)

    def refuse_tag(self, node: Node) -> None:
        tag = node.tag.replace(TAG, "!!")
        self.note(node, f"the tag `{tag}` does not fit here", "remove the tag", "yaml-tag")

    def duplicates(self, node: Node) -> None:
        if node is self.root and self.two_objects(node):
            return
        first: dict[str, Node] = {}
        for key, _ in node.value:
            if type(key) is not ScalarNode:
                continue
            if key.value in first:
                place = path_text(path_to(self.root, node) or ())
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
            if type(key) is not ScalarNode:
                continue
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
            seen.add(key.value)
        return False


def _title(pairs: list[tuple[Node, Node]]) -> str:
    found = {key.value: value for key, value in pairs if type(key) is ScalarNode}
    kind, metadata = found.get("kind"), found.get("metadata")
    name = child(metadata, "name") if metadata is not None else None
    kind_text = kind.value if type(kind) is ScalarNode else "an object"
    if name is not None and type(name[1]) is ScalarNode:
        return f"{kind_text} `{name[1].value}`"
    return f"{kind_text} without a name"
