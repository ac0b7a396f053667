"""YAML text as plain values whose positions stay known, read with libyaml's parser.

The parser composes nodes and the values are built here, because PyYAML's own constructor keeps
the last of two equal keys, cannot tell where a value stands, and is slower.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from yaml._yaml import CParser
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from netproof_specs.documents.yaml_nodes import child, walk
from netproof_specs.documents.yaml_parts import NotInPartsError, Part
from netproof_specs.documents.yaml_problems import syntax_problem
from netproof_specs.documents.yaml_scalars import MAP, SEQ, STR, plain_tag
from netproof_specs.documents.yaml_values import DEPTH, Builder
from netproof_specs.frozen import Frozen, replace
from netproof_specs.locations import Location, Step
from netproof_specs.problems import Problem


class YamlDocument(Frozen):
    """One YAML document: its plain value, and the nodes that know where each part stands.

    `nodes` leads from the identity of each mapping and list of the value to its node, since most
    positions that are asked for are theirs and a walk from the root costs more than reading. Of a
    part that was read by itself, `root` and `value` are those of the part: `base` leads to it from
    the document's root, and `above` counts the lines above its text.
    """

    file: str
    index: int
    value: Any
    root: Node
    nodes: dict[int, Node]
    above: int = 0
    base: tuple[Step, ...] = ()

    def where(self, value: Any, path: tuple[Step, ...]) -> Location:
        """Where `value` starts, which must be the value at `path`."""
        node = self.nodes.get(id(value))
        return self.locate(path) if node is None else self._location(node, path)

    def where_key(self, holder: Any, path: tuple[Step, ...]) -> Location:
        """Where the key that ends `path` starts, in the mapping `holder` that has it."""
        node = self.nodes.get(id(holder))
        found = None if node is None else child(node, path[-1])
        return self.locate_key(path) if found is None else self._location(found[0], path)

    def locate(self, path: tuple[Step, ...]) -> Location:
        """Where the value at `path` starts; the nearest part that exists if it does not."""
        return self._location(self._walk(path)[1], path)

    def locate_key(self, path: tuple[Step, ...]) -> Location:
        """Where the key that ends `path` starts, or the list element."""
        return self._location(self._walk(path)[0], path)

    def locate_in(self, path: tuple[Step, ...], offset: int) -> Location:
        """Where the character `offset` of the scalar at `path` stands.

        In a scalar of several lines, or with escapes, that is where the scalar starts.
        """
        node = self._walk(path)[1]
        found = self._location(node, path)
        shift = _shift(node, offset)
        return replace(found, column=found.column + shift)

    def written(self, path: tuple[Step, ...]) -> str:
        """The scalar at `path` as the file writes it, or the empty text."""
        node = self._walk(path)[1]
        return node.value if isinstance(node, ScalarNode) else ""

    def _walk(self, path: tuple[Step, ...]) -> tuple[Node, Node]:
        return walk(self.root, path[len(self.base) :])

    def _location(self, node: Node, path: tuple[Step, ...]) -> Location:
        mark = node.start_mark
        line = self.above + mark.line + 1
        return Location(self.file, line, mark.column + 1, self.index, path)


def _shift(node: Node, offset: int) -> int:
    """How many columns after its start a scalar's character stands; 0 where that is not plain."""
    width: int = node.end_mark.column - node.start_mark.column
    if not isinstance(node, ScalarNode) or node.end_mark.line != node.start_mark.line:
        return 0
    length = len(node.value)
    match node.style:
        case None | "":
            return offset if width == length else 0
        case "'":
            return offset + 1 + str(node.value)[:offset].count("'")
        case '"':
            return offset + 1 if width == length + 2 else 0
        case _:
            return 0


class _TooDeepError(Exception):
    """The nesting passes the limit; libyaml's composer would overrun the C stack further on."""


class _Tags(dict[str, str]):
    """The tags of plain scalars, each text looked at once."""

    def __missing__(self, text: str) -> str:
        tag = self[text] = plain_tag(text)
        return tag


class _Composer(CParser):
    """libyaml's composer with tags by the rules of `yaml_scalars` and a bound on the nesting.

    It has slots because its methods run at every node, and are a fifth slower without.
    """

    __slots__ = ("depth", "tags")

    def __init__(self, data: bytes, depth: int = 0) -> None:
        super().__init__(data)
        self.tags = _Tags()
        self.depth = depth

    def resolve(self, kind: type, value: Any, implicit: Any) -> str:
        """The tag of a node that the text gives none."""
        if kind is ScalarNode:
            return self.tags[value] if implicit[0] else STR
        return MAP if kind is MappingNode else SEQ

    def descend_resolver(self, parent: Any, index: Any) -> None:
        """Called on entry to each node."""
        self.depth += 1
        if self.depth > DEPTH:
            raise _TooDeepError

    def ascend_resolver(self) -> None:
        """Called on exit from each node."""
        self.depth -= 1


def compose(data: bytes) -> Node | None:
    """The root of the one document in a text in UTF-8, with the tags that manifests get too.

    Raises YAMLError where it cannot be read, or holds several. The nesting must be known to be
    within bounds.
    """
    root: Node | None = _Composer(data).get_single_node()
    return root


def read_part(part: Part) -> YamlDocument | None:
    """A part of a text as `read_yaml` reads it within the whole; `None` if it is null.

    Raises NotInPartsError where anything is wrong with it, or an anchor may lead out of it.
    """
    data = part.text.encode()
    if part.base and b"&" in data:
        raise NotInPartsError
    # An element lies in the mapping of its document; its list is read with it.
    composer = _Composer(data, 1 if part.base else 0)
    try:
        root = composer.get_single_node()
    except (yaml.YAMLError, _TooDeepError):
        raise NotInPartsError from None
    if root is not None and part.base:
        if type(root) is not SequenceNode or root.flow_style or len(root.value) != 1:
            raise NotInPartsError
        root = root.value[0]
    if root is None:
        return None
    builder = Builder(part.file, part.index, root, b"&" in data and b"*" in data)
    value = builder.document()
    if builder.problems:
        raise NotInPartsError
    if value is None and not part.base:
        return None
    return YamlDocument(part.file, part.index, value, root, builder.nodes, part.above, part.base)


def read_yaml(file: str, data: bytes, problems: list[Problem]) -> list[YamlDocument]:
    """The documents of a file in UTF-8 without a byte order mark, null ones left out.

    What cannot be read is added to `problems`. After a syntax error the rest of the file is lost.
    """
    documents: list[YamlDocument] = []
    anchored = b"&" in data and b"*" in data
    for index, root in _roots(file, data, problems):
        builder = Builder(file, index, root, anchored)
        value = builder.document()
        problems.extend(builder.problems)
        # Two objects run into one would only yield mistakes that nobody made.
        merged = any(problem.code == "missing-separator" for problem in builder.problems)
        if value is not None and not merged:
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
        problems.append(syntax_problem(file, index, data, error))
    except _TooDeepError:
        problems.append(
            Problem(
                Location(file, 1, 1, index),
                f"the document nests more than {DEPTH} levels deep",
                "no Kubernetes object needs that: check how the file was made",
                "nesting",
            )
        )
