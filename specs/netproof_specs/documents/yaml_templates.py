"""YAML texts that differ in their scalars only: libyaml reads one of them, and so all are read.

Of a hundred pods of one workload the lines are the same, but for names, addresses and the like.
A text is cut into its scalars, as far as each ends its line, and what stands between them. Where
that is the same as in a text that libyaml has read, so are the mappings, lists and keys, and what
each scalar is a part of: a scalar on one line, in block style, is followed by the end of its line
whatever it holds, and a line that would continue it would have been a mistake after another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from json import loads
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from netproof_specs.documents.yaml_nodes import walk
from netproof_specs.documents.yaml_scalars import (
    BOOL,
    INT,
    MERGE,
    NULL,
    STR,
    TIME,
    TRUE,
    Timestamp,
    number,
    plain_tag,
)
from netproof_specs.frozen import Frozen, field

_QUOTED = r'"(?:[^"\\\n\t]|\\["\\bfnrt])*"' + r"|'(?:[^'\n\t]|'')*'"
_PLAIN = (
    r"(?:[^\s\-?:,\[\]{}#&*!|>'\"%@`]|-(?=[^\s]))"
    r"[^\s:#]*(?:(?::+(?=[^\s])|(?<=[^\s])#+| +(?=[^\s#]))[^\s:#]*)*"
)
_SCALAR = re.compile(rf"([:\-] )({_QUOTED}|{_PLAIN})(?=\n)")
_NOT_BETWEEN = re.compile(r"[&*!]|<<")

Cut = tuple[str, list[str]]
"""What stands between the scalars of a text, as one text, and the scalars."""


def cut(text: str) -> Cut:
    """The text in two: no two texts have the same cut."""
    parts = _SCALAR.split(text)
    scalars = parts[2::3]
    del parts[2::3]
    return "\0".join(parts), scalars


class _Constant(Frozen):
    """A value that all texts of a form share."""

    value: Any


class _Scalars(dict[str, Any]):
    """The values of scalars by their text in the file, each looked at once."""

    def __missing__(self, text: str) -> Any:
        value = self[text] = _scalar(text)
        return value


def _scalar(text: str) -> Any:
    """The value of a scalar, the same as `yaml_values` builds."""
    if text[0] == '"':
        return loads(text) if "\\" in text else text[1:-1]
    if text[0] == "'":
        return text[1:-1].replace("''", "'")
    tag = plain_tag(text)
    if tag == NULL:
        return None
    if tag == BOOL:
        return text in TRUE
    if tag == TIME:
        return Timestamp(text)
    return text if tag in (STR, MERGE) else number(text, whole=tag == INT)


class Template(Frozen):
    """What all texts of one form state.

    `tree` has the number of a scalar wherever one stands. `name` is where `metadata.name` starts,
    as lines below the first one and columns, both from 0.
    """

    tree: Any
    name: tuple[int, int]


class Templates(Frozen):
    """The forms that have been met; `None` for one whose texts have to be read each by itself."""

    met: dict[str, Template | None] = field(default_factory=dict)
    scalars: _Scalars = field(default_factory=_Scalars)

    def filled(self, template: Template, scalars: Sequence[str]) -> Any:
        """The value of a text with these scalars."""
        values = self.scalars

        def fill(tree: Any) -> Any:
            kind = type(tree)
            if kind is int:
                return values[scalars[tree]]
            if kind is dict:
                return {key: fill(inner) for key, inner in tree.items()}
            if kind is list:
                return [fill(inner) for inner in tree]
            return tree.value

        return fill(template.tree)


def learnt(found: Cut, root: Node, value: Any) -> Template | None:
    """The template of a text that libyaml has read, or `None` if it can be none.

    `root` is the node of the value, with the lines of the text. Each of the scalars cut out must
    be one of the value's, as long as libyaml takes it to be, and no brackets may be around it.
    """
    between, scalars = found
    if _NOT_BETWEEN.search(between):
        return None
    places = {place: number for number, place in enumerate(_places(between, scalars))}
    try:
        tree = _tree(root, value, places)
    except _NoTemplateError:
        return None
    mark = walk(root, ("metadata", "name"))[1].start_mark
    return None if places else Template(tree, (mark.line, mark.column))


Kept = dict[str, "Kept"]
"""The keys of a mapping that are kept, with those of what they hold; none keeps all."""


def pruned(template: Template, kept: Kept) -> Template:
    """The template without the keys that are not kept, in lists in each element."""

    def prune(tree: Any, names: Kept) -> Any:
        match tree:
            case dict() if names:
                return {key: prune(tree[key], names[key]) for key in tree.keys() & names.keys()}
            case list():
                return [prune(inner, names) for inner in tree]
            case _:
                return tree

    return Template(prune(template.tree, kept), template.name)


class _NoTemplateError(Exception):
    """A part of the text that no template can have."""


Place = tuple[int, int, int]
"""Line and column of a scalar, and the column after it."""


def _places(between: str, scalars: Sequence[str]) -> list[Place]:
    places = []
    line = column = 0
    # Every other piece is the colon or dash before a scalar.
    pieces = between.split("\0")
    for position, scalar in enumerate(scalars):
        before = pieces[2 * position] + pieces[2 * position + 1]
        line += before.count("\n")
        last = before.rfind("\n")
        column = len(before) - last - 1 if last >= 0 else column + len(before)
        places.append((line, column, column + len(scalar)))
        column += len(scalar)
    return places


def _tree(node: Node, value: Any, places: dict[Place, int]) -> Any:
    """The value with the numbers of its scalars, which are taken out of the places."""
    if isinstance(node, ScalarNode):
        start, end = node.start_mark, node.end_mark
        place = start.line, start.column, end.column
        if start.line != end.line or place not in places:
            return _Constant(value)
        return places.pop(place)
    if not isinstance(node, MappingNode | SequenceNode):
        raise _NoTemplateError
    if node.flow_style:
        # The same in all texts of the form: a scalar in brackets that was cut out stays left over.
        return _Constant(value)
    if isinstance(node, SequenceNode):
        pairs = zip(node.value, value, strict=True)
        return [_tree(inner, part, places) for inner, part in pairs]
    if any(type(key) is not str for key in value):
        raise _NoTemplateError
    return {key.value: _tree(inner, value[key.value], places) for key, inner in node.value}
