"""From documents to objects: lists are opened, and each object's kind is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from netproof_specs.decoding import Cursor, Report, refuse, remark, shown, type_name
from netproof_specs.documents import Document, Manifest
from netproof_specs.problems import Problem
from netproof_specs.readers.kinds import Treatment, classify

_LIST_DEPTH = 3


@dataclass(frozen=True, slots=True)
class Object:
    """An object of a kind that is read."""

    kind: str
    root: Cursor


@dataclass(frozen=True, slots=True)
class Skipped:
    """How many objects of each kind were left out because they say nothing of connectivity."""

    counts: dict[str, int] = field(default_factory=dict)


def objects_of(document: Document, report: Report, skipped: Skipped) -> Iterator[Object]:
    """The objects of one document in order; what is no object is a problem."""
    manifest = Manifest(document, (), document.value)
    yield from _open(manifest, report, skipped, ("", ""), 0)


def _open(
    manifest: Manifest, report: Report, skipped: Skipped, inherited: tuple[str, str], depth: int
) -> Iterator[Object]:
    root = Cursor(manifest, report, (), manifest.value)
    found = _kind(root, inherited)
    if found is None:
        return
    version, kind = found
    items = root.value.get("items")
    if kind.endswith("List") and (isinstance(items, list) or (kind == "List" and items is None)):
        inner = (version, kind.removesuffix("List")) if kind != "List" else ("", "")
        yield from _items(manifest, report, skipped, inner, depth)
        return
    if kind == "List":
        refuse(root.down("items", items), "must be a list", code="wrong-type", clause="B.4")
        return
    classified = classify(version, kind)
    match classified.treatment:
        case Treatment.READ:
            yield Object(kind, root)
        case Treatment.SKIP:
            skipped.counts[kind] = skipped.counts.get(kind, 0) + 1
            _remark_pods(root, version, kind)
        case Treatment.REFUSE:
            _refuse_kind(root, classified.message, classified.suggestion, classified.code)


def _remark_pods(root: Cursor, version: str, kind: str) -> None:
    """Notes an object that runs pods of its own, by its template, though its kind is not read."""
    value = root.value
    for name in ("spec", "template", "spec", "containers"):
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, list):
        remark(
            root.down("kind", kind),
            f"the kind `{shown(kind)}` of `{shown(version)}` is not read, yet has a pod template",
            "its pods are in the snapshot only as far as the input holds them as `Pod`, "
            "`ReplicaSet` or another kind that is read",
            code="unread-pods",
            clause="B.7",
        )


def _refuse_kind(root: Cursor, message: str, suggestion: str, code: str) -> None:
    where = root.manifest.locate(("kind",))
    root.report.problems.append(Problem(where, message, suggestion, code, "B.7"))


def _items(
    manifest: Manifest, report: Report, skipped: Skipped, inner: tuple[str, str], depth: int
) -> Iterator[Object]:
    if depth == _LIST_DEPTH:
        refuse(
            Cursor(manifest, report, (), manifest.value),
            "lists stand within lists too many levels deep",
            "write the objects into one list",
            code="nesting",
        )
        return
    base = (*manifest.base, "items")
    for position, value in enumerate(manifest.value.get("items") or ()):
        item = Manifest(manifest.document, (*base, position), value)
        yield from _open(item, report, skipped, inner, depth + 1)


def _kind(root: Cursor, inherited: tuple[str, str]) -> tuple[str, str] | None:
    """The version and kind of an object, or `None` with a problem."""
    if not isinstance(root.value, dict):
        refuse(
            root,
            f"a Kubernetes object must be a mapping, not {type_name(root.value)}",
            "give manifests with `apiVersion`, `kind` and `metadata`",
            code="no-object",
        )
        return None
    version = _header(root, "apiVersion", inherited[0])
    kind = _header(root, "kind", inherited[1])
    if version is None or kind is None:
        return None
    missing = [name for name, text in (("apiVersion", version), ("kind", kind)) if not text]
    if missing:
        names = " and ".join(f"`{name}`" for name in missing)
        refuse(root, f"the object has no {names}", _hint(root), code="no-kind", clause="B.7")
        return None
    return version, kind


def _header(root: Cursor, name: str, inherited: str) -> str | None:
    value = root.value.get(name)
    if value is None or value == "":
        return inherited
    if isinstance(value, str):
        return value
    refuse(
        root.down(name, value),
        f"must be a string, not {type_name(value)}",
        code="wrong-type",
        clause="B.4",
    )
    return None


def _hint(root: Cursor) -> str:
    keys = {key for key in root.value if isinstance(key, str)}
    for key in sorted(keys):
        if key.lower() in ("apiversion", "kind") and key not in ("apiVersion", "kind"):
            meant = "kind" if key.lower() == "kind" else "apiVersion"
            return f"did you mean `{meant}`, not `{shown(key)}`?"
    if keys & {"claims", "groups"}:
        return "this looks like a spec: give it with `--spec`"
    if keys & {"resources", "patches", "kustomization"}:
        return "this looks like a kustomization: pipe `kustomize build` into netproof"
    if "kind" not in keys and keys & {"dependencies", "appVersion", "replicaCount"}:
        return "this looks like a Helm chart: pipe `helm template` into netproof"
    return "write `apiVersion: networking.k8s.io/v1` and `kind: NetworkPolicy`, for instance"
