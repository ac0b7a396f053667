"""Objects inside an object of a kind that is not read, such as the parts of a template."""

from __future__ import annotations

from collections.abc import Iterator

from netproof_specs.decoding import Cursor, refuse, remark, shown
from netproof_specs.locations import Step
from netproof_specs.readers.kinds import is_policy
from netproof_specs.readers.table import read_kind

_HINT = "render or unpack it first: only objects that stand by themselves or in a `List` are read"


def nested_objects(root: Cursor, version: str, kind: str) -> None:
    """Refuses an object that holds a whole policy, and notes other objects that would be read.

    A reference, which has no `metadata`, is no object.
    """
    holder = f"the kind `{shown(kind)}` of `{shown(version)}` is not read, yet holds"
    for path, inner_version, inner_kind in _objects(root.value):
        at = root
        for step in path:
            at = at.down(step, at.value[step])
        what = f"{holder} the {shown(inner_kind)} `{_name(at.value)}`"
        if is_policy(inner_version, inner_kind):
            refuse(at, what, _HINT, code="nested-policy", clause="B.7")
        elif read_kind(inner_version, inner_kind) is not None:
            remark(at, what, _HINT, code="nested-object", clause="B.7")


def _name(value: dict[object, object]) -> str:
    metadata = value["metadata"]
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return shown(str(name))


def _objects(value: object) -> Iterator[tuple[tuple[Step, ...], str, str]]:
    """Path, version and kind of each object below `value`, itself aside, in the order written."""
    stack: list[tuple[tuple[Step, ...], object]] = [((), value)]
    while stack:
        path, found = stack.pop()
        if isinstance(found, dict):
            version, kind = found.get("apiVersion"), found.get("kind")
            whole = isinstance(found.get("metadata"), dict)
            if path and whole and isinstance(version, str) and isinstance(kind, str):
                yield path, version, kind
            parts: list[tuple[Step, object]] = [
                (key, inner) for key, inner in found.items() if isinstance(key, str)
            ]
        elif isinstance(found, list):
            parts = list(enumerate(found))
        else:
            continue
        parts = [pair for pair in parts if isinstance(pair[1], dict | list)]
        stack.extend(((*path, step), inner) for step, inner in reversed(parts))
