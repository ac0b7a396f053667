"""The bound on aliases: it counts what they add to what is written, and nothing else."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.profiles import examples
from yaml.nodes import MappingNode, Node, ScalarNode

from netproof_specs.documents.yaml_text import compose, read_yaml
from netproof_specs.documents.yaml_values import Builder
from netproof_specs.loading import load_texts
from netproof_specs.problems import InputError, Problem

POLICY = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p}, spec: %s}"


def added(text: str) -> int:
    """How many nodes the reader says that the aliases of the text add."""
    root = compose(text.encode())
    assert root is not None
    return Builder("f", 0, root, True).measure(root, {}, set())[1]


def written_out(node: Node) -> int:
    """How many nodes there are when each alias is written out."""
    if isinstance(node, ScalarNode):
        return 1
    pairs = isinstance(node, MappingNode)
    inner = [one for pair in node.value for one in pair] if pairs else node.value
    return 1 + sum(map(written_out, inner))


def written(text: str) -> int:
    """How many nodes the text writes, an alias being one."""
    return sum(isinstance(event, yaml.NodeEvent) for event in yaml.parse(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[x, '&', '*', {a: b}]", 0),
        ("[&a x, *a, *a]", 0),
        ("[&a [x, y], *a]", 2),
        ("[&a [x, y], *a, *a]", 4),
        ("[&a {k: v}, {<<: *a}]", 2),
        ("{a: &a [x, x], b: &b [*a, *a], c: [*b]}", 10),
    ],
)
def test_what_aliases_add(text: str, expected: int) -> None:
    assert added(text) == expected


@st.composite
def lists_with_aliases(draw: st.DrawFn) -> str:
    """A list of lists, each of which names some of those before it, or holds scalars."""
    lines = []
    for number in range(draw(st.integers(1, 6))):
        names = [f"*a{earlier}" for earlier in range(number)]
        inner = draw(st.lists(st.sampled_from([*names, "x", "{k: v}"]), max_size=4))
        lines.append(f"- &a{number} [{', '.join(inner)}]\n")
    return "".join(lines)


@given(lists_with_aliases())
@examples(100, 1000)
def test_what_they_add_is_what_writing_them_out_would(text: str) -> None:
    root = compose(text.encode())
    assert root is not None
    assert added(text) == written_out(root) - written(text)


def test_a_long_list_beside_an_anchor_is_read() -> None:
    text = "- &a [x, y]\n- *a\n- [" + "x, " * 200_100 + "x]\n"
    problems: list[Problem] = []
    (document,) = read_yaml("f", text.encode(), problems)
    assert problems == []
    assert [len(part) for part in document.value] == [2, 2, 200_101]


def test_what_aliases_add_to_a_policy_is_bounded() -> None:
    """A short text that stands for 300,000 peers is refused, and one for 3,000 is read."""
    for times, refused in ((3, False), (300, True)):
        peers = "from: &a [" + ", ".join(["{podSelector: {}}"] * 100) + "]"
        rules = f"{{{peers}}}, " + ", ".join(["{from: *a}"] * (times * 10 - 1))
        text = POLICY % f"{{podSelector: {{}}, ingress: [{rules}]}}"
        try:
            load_texts({"f": text})
            codes = []
        except InputError as error:
            codes = [problem.code for problem in error.problems]
        assert codes == (["alias-expansion"] if refused else [])
