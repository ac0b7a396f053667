"""Finding one's way among the nodes of a YAML document."""

from __future__ import annotations

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from netproof_specs.locations import Step


def walk(root: Node, path: tuple[Step, ...]) -> tuple[Node, Node]:
    """The key and the value node at `path`, as far as it exists."""
    key = node = root
    for step in path:
        found = child(node, step)
        if found is None:
            break
        key, node = found
    return key, node


def child(node: Node, step: Step) -> tuple[Node, Node] | None:
    """The key and the value node of one step; an element of a list is its own key."""
    if isinstance(node, MappingNode):
        for key, value in reversed(node.value):
            if key.value == step and isinstance(key, ScalarNode):
                return key, value
    elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def path_to(root: Node, target: Node) -> tuple[Step, ...] | None:
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
