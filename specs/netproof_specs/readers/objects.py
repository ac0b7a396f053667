"""From documents to objects: lists are opened, and each object's kind is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from netproof_specs.decoding import (
    Cursor,
    Report,
    Shape,
    shown,
    type_name,
)
from netproof_specs.documents.located import Document, Manifest
from netproof_specs.frozen import Frozen, field
from netproof_specs.problems import Problem
from netproof_specs.readers.kinds import (
    LeftOut,
    Read,
    Refuse,
    Render,
    Skip,
    Treatment,
    Unknown,
    classify,
    is_left_out,
)
from netproof_specs.readers.nested import refuse_contents
from netproof_specs.readers.table import READ_KINDS, ReadKind
from netproof_specs.sources.unrendered import chart_hint, folder_of, kustomization_hint

_LIST_DEPTH = 3
_NAMES = frozenset(kind for _, kind in READ_KINDS)
LIST = Shape("a list of objects", ("apiVersion", "kind", "metadata", "items"))


class Object(Frozen):
    """An object of a kind that is read."""

    row: ReadKind
    root: Cursor


Kind = tuple[str, str]
"""The `apiVersion` and the name of a kind."""


class Skipped(Frozen):
    """The objects that were left out, by their kinds.

    `counts` holds how many of each kind say nothing of connectivity; `unknown` where those of a
    kind stand of which nothing is known; `left_out` how many of a kind the user leaves out, who
    says so in `without`. `kinds` holds how the kinds met so far are treated.
    """

    without: tuple[LeftOut, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    unknown: dict[Kind, list[Manifest]] = field(default_factory=dict)
    left_out: dict[Kind, int] = field(default_factory=dict)
    kinds: dict[Kind, Treatment | None] = field(default_factory=dict)


def objects_of(document: Document, report: Report, skipped: Skipped) -> Iterator[Object]:
    """The objects of one document in order; what is no object is a problem."""
    manifest = Manifest(document, (), document.value)
    yield from _open(manifest, report, skipped, ("", ""), 0)


def objects_in(element: Manifest, report: Report, skipped: Skipped) -> Iterator[Object]:
    """The objects of one element of a `List`, as in `objects_of`."""
    yield from _open(element, report, skipped, ("", ""), 1)


def treatment_of(found: Kind, skipped: Skipped) -> Treatment | None:
    """How a kind is treated; `None` for one that the user leaves out."""
    if found not in skipped.kinds:
        chosen = is_left_out(skipped.without, *found)
        skipped.kinds[found] = None if chosen else classify(*found)
    return skipped.kinds[found]


def _open(
    manifest: Manifest, report: Report, skipped: Skipped, inherited: tuple[str, str], depth: int
) -> Iterator[Object]:
    root = Cursor(manifest, report, (), manifest.value)
    found = _kind(root, inherited)
    if found is None:
        return
    version, kind = found
    if _is_list(kind, root.value.get("items")):
        inner = (version, kind.removesuffix("List")) if kind != "List" else ("", "")
        yield from _items(root, skipped, inner, depth)
        return
    treatment = treatment_of(found, skipped)
    match treatment:
        case None:
            skipped.left_out[found] = skipped.left_out.get(found, 0) + 1
        case Read(row):
            yield Object(row, root)
        case Skip():
            skipped.counts[kind] = skipped.counts.get(kind, 0) + 1
        case Unknown():
            skipped.unknown.setdefault(found, []).append(manifest)
            refuse_contents(root, version, kind)
        case Refuse():
            _refuse_kind(root, treatment)
        case Render():
            named = f"the kind `{shown(kind)}` of `{shown(version)}` says how others are made"
            hint = kustomization_hint(_folder(root))
            _refuse_kind(root, Refuse(named, hint, "unrendered-folder"))
        case _:
            assert_never(treatment)


def _is_list(kind: str, items: object) -> bool:
    """Iff the kind is that of a list: `List`, `PodList` and so on."""
    if kind == "List" or not kind.endswith("List"):
        return kind == "List"
    return isinstance(items, list) or kind.removesuffix("List") in _NAMES


def _refuse_kind(root: Cursor, why: Refuse) -> None:
    where = root.manifest.locate(("kind",))
    problem = Problem(where, why.message, why.suggestion, why.code, "B.7")
    root.report.problems.append(problem)


def _items(root: Cursor, skipped: Skipped, inner: tuple[str, str], depth: int) -> Iterator[Object]:
    """The objects of a list; a field that it does not have may be its misspelt items (B.1)."""
    if depth == _LIST_DEPTH:
        root.refuse(
            "lists stand within lists too many levels deep",
            "write the objects into one list",
            code="nesting",
        )
        return
    if not inner[1] or inner[1] in _NAMES:
        root.fields(LIST)
    manifest, items = root.manifest, root.value.get("items")
    if items is not None and not isinstance(items, list):
        root.down("items", items).wrong_type("a list", "write each object after its own dash")
        return
    base = (*manifest.base, "items")
    for position, value in enumerate(items or ()):
        item = Manifest(manifest.document, (*base, position), value)
        yield from _open(item, root.report, skipped, inner, depth + 1)


def _kind(root: Cursor, inherited: tuple[str, str]) -> tuple[str, str] | None:
    """The version and kind of an object, or `None` with a problem."""
    if not isinstance(root.value, dict):
        root.refuse(
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
        root.refuse(f"the object has no {names}", _hint(root), code="no-kind", clause="B.7")
        return None
    return version, kind


def _header(root: Cursor, name: str, inherited: str) -> str | None:
    value = root.value.get(name)
    if value is None or value == "":
        return inherited
    if isinstance(value, str):
        return value
    root.down(name, value).refuse(
        f"must be a string, not {type_name(value)}",
        code="wrong-type",
        clause="B.4",
    )
    return None


def _folder(root: Cursor) -> str:
    return folder_of(root.manifest.locate().file)


def _hint(root: Cursor) -> str:
    keys = {key for key in root.value if isinstance(key, str)}
    for key in sorted(keys):
        if key.lower() in ("apiversion", "kind") and key not in ("apiVersion", "kind"):
            meant = "kind" if key.lower() == "kind" else "apiVersion"
            return f"did you mean `{meant}`, not `{shown(key)}`?"
    if keys & {"claims", "groups"}:
        return "this looks like a spec: give it with `--spec`"
    if keys & {"resources", "patches", "kustomization"}:
        return f"this looks like a kustomization: {kustomization_hint(_folder(root))}"
    of_chart = keys & {"dependencies", "appVersion", "replicaCount"} or {"name", "version"} <= keys
    if "kind" not in keys and of_chart:
        return f"this looks like a Helm chart: {chart_hint(_folder(root))}"
    return "write `apiVersion: networking.k8s.io/v1` and `kind: NetworkPolicy`, for instance"
