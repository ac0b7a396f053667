"""What an object of an unknown kind holds: objects that would be read, and pod templates."""

from __future__ import annotations

from collections.abc import Iterator

from netproof_specs.decoding import Cursor, shown
from netproof_specs.locations import Step
from netproof_specs.readers.kinds import is_policy, pods_hint
from netproof_specs.readers.table import read_kind, split_version
from netproof_specs.syntax import namespace_fault

_HINT = "render or unpack it first: only objects that stand by themselves or in a `List` are read"


def refuse_contents(root: Cursor, version: str, kind: str) -> None:
    """Refuses an object that holds a whole object of a kind that bears on connectivity.

    So is one that carries a pod template (A.9a). A reference, which has no `metadata`, is no
    object.
    """
    before = len(root.report.problems)
    holder = f"the kind `{shown(kind)}` of `{shown(version)}` is not read, yet"
    for path, inner_version, inner_kind in _objects(root.value):
        at = _at(root, path)
        what = f"{holder} holds the {shown(inner_kind)} `{_name(at.value)}`"
        if is_policy(inner_version, inner_kind):
            at.refuse(what, _HINT, code="nested-policy", clause="B.7")
        elif read_kind(inner_version, inner_kind) is not None:
            at.refuse(what, _HINT, code="nested-object", clause="B.7")
    template = next(_templates(root.value), None)
    if template is not None and len(root.report.problems) == before:
        what = f"{holder} carries a pod template"
        hint = pods_hint(split_version(version)[0], shown(kind))
        _at(root, template).refuse(what, hint, code="unread-pods", clause="A.9a")


def _at(root: Cursor, path: tuple[Step, ...]) -> Cursor:
    at = root
    for step in path:
        at = at.down(step, at.value[step])
    return at


def _name(value: dict[object, object]) -> str:
    metadata = value["metadata"]
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return shown(str(name))


def _objects(value: object) -> Iterator[tuple[tuple[Step, ...], str, str]]:
    """Path, version and kind of each object below `value`, itself aside, in the order written."""
    for path, found in _mappings(value):
        version, kind = found.get("apiVersion"), found.get("kind")
        whole = isinstance(found.get("metadata"), dict)
        if path and whole and isinstance(version, str) and isinstance(kind, str):
            yield path, version, kind


def _templates(value: object) -> Iterator[tuple[Step, ...]]:
    """The paths of the pod templates below `value`: what has a `spec` with containers.

    A name says that it is one (`template`, or one of `templates`), or else that it has `metadata`
    and nothing but containers that can run. Patterns, as policies on admission have them, do not.
    """
    for path, found in _mappings(value):
        spec = found.get("spec")
        containers = spec.get("containers") if isinstance(spec, dict) else None
        if not path or not isinstance(containers, list):
            continue
        whole = isinstance(found.get("metadata"), dict) and containers != []
        if _is_called_template(path) or (whole and all(map(_runs, containers))):
            yield path


def _is_called_template(path: tuple[Step, ...]) -> bool:
    """True for `template`, `podTemplate` and the like, and for what stands in `templates`."""
    if str(path[-1]).lower().endswith("template"):
        return True
    return len(path) > 1 and str(path[-2]).lower().endswith("templates")


def _runs(container: object) -> bool:
    """True iff it has an image and a name as containers need one: a DNS label."""
    if not isinstance(container, dict) or not isinstance(container.get("image"), str):
        return False
    name = container.get("name")
    return isinstance(name, str) and not namespace_fault(name)


def _mappings(value: object) -> Iterator[tuple[tuple[Step, ...], dict[object, object]]]:
    """Every mapping in `value`, itself too, with its path, in the order written."""
    stack: list[tuple[tuple[Step, ...], object]] = [((), value)]
    while stack:
        path, found = stack.pop()
        parts: list[tuple[Step, object]] = []
        if isinstance(found, dict):
            yield path, found
            parts = [(key, inner) for key, inner in found.items() if isinstance(key, str)]
        elif isinstance(found, list):
            parts = list(enumerate(found))
        parts = [pair for pair in parts if isinstance(pair[1], dict | list)]
        stack.extend(((*path, step), inner) for step, inner in reversed(parts))
