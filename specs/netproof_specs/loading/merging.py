"""Objects of all files together: which of them are one and the same (A.51)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from netproof_specs.documents import Manifest
from netproof_specs.json_documents import JsonText, resolve_in
from netproof_specs.loading.files import FileReading, ReadObject
from netproof_specs.loading.results import Duplicates, LoadOptions
from netproof_specs.model.cluster import Namespace
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.nodes import Node
from netproof_specs.problems import Problem
from netproof_specs.readers.table import Item, ReadKind
from netproof_specs.readers.workloads import ReadWorkload


class Identity(NamedTuple):
    """What tells an object from all others (A.51); a kind's name may exist in several groups."""

    group: str
    kind: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Merge:
    """The objects of all files, each once, and what was found out on the way."""

    kept: dict[Identity, ReadObject] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    json_texts: dict[str, JsonText] = field(default_factory=dict)


def merged(readings: Sequence[FileReading], options: LoadOptions) -> Merge:
    """The objects that files state, and the problems and notes of all files."""
    merge = Merge()
    for reading in readings:
        merge.problems.extend(reading.problems)
        if reading.json_text is not None:
            merge.json_texts[reading.source.name] = reading.json_text
    for reading in readings:
        for one in reading.objects:
            identity = _identity(one.row, one.item)
            # The first of a name is the rule, and this loop runs for every object.
            if merge.kept.setdefault(identity, one) is not one:
                _add_another(identity, one, merge, options)
        merge.notes.extend(reading.notes)
    return merge


def _identity(row: ReadKind, item: Item) -> Identity:
    match item:
        case ReadWorkload():
            namespace, name = item.workload.namespace, item.workload.name
        case Namespace() | HostEndpoint() | Node():
            namespace, name = "", item.name
        case _:
            namespace, name = item.namespace, item.name
    return Identity(row.group, row.kind, namespace, name)


def _add_another(identity: Identity, later: ReadObject, merge: Merge, options: LoadOptions) -> None:
    """Adds an object where another one has its kind, namespace and name (A.51)."""
    if "*" in identity.name:
        _add_numbered(later, merge, options)
        return
    earlier = merge.kept[identity]
    problem = _duplicate(identity, earlier.manifest, later.manifest, (merge.json_texts, options))
    if earlier.manifest.value == later.manifest.value:
        merge.notes.append(problem)
    elif options.duplicates is Duplicates.REFUSE:
        merge.problems.append(problem)
    else:
        merge.notes.append(problem)
        merge.kept[identity] = later


def _add_numbered(one: ReadObject, merge: Merge, options: LoadOptions) -> None:
    """Adds an object whose name the server would make up, told apart from another such object."""
    item = _numbered(one.item, len(merge.kept))
    numbered = replace(one, item=item)
    identity = _identity(one.row, item)
    if merge.kept.setdefault(identity, numbered) is not numbered:
        _add_another(identity, numbered, merge, options)


def _numbered(item: Item, number: int) -> Item:
    if isinstance(item, ReadWorkload):
        workload = item.workload
        return replace(item, workload=replace(workload, name=f"{workload.name}{number}"))
    return replace(item, name=f"{item.name}{number}")


def _duplicate(
    identity: Identity,
    earlier: Manifest,
    later: Manifest,
    of: tuple[Mapping[str, JsonText], LoadOptions],
) -> Problem:
    json_texts, options = of
    _, kind, namespace, name = identity
    title = f"{namespace}/{name}" if namespace else name
    first = resolve_in(earlier.locate(("metadata", "name")), json_texts)
    if earlier.value == later.value:
        return Problem(
            later.locate(("metadata", "name")),
            f"the {kind} `{title}` stands at {first} word for word, and counts once",
            "remove one of the two",
            "repeated-object",
            "A.51",
        )
    last_wins = options.duplicates is Duplicates.LAST_WINS
    outcome = "; this one replaces it" if last_wins else ""
    return Problem(
        later.locate(("metadata", "name")),
        f"another {kind} `{title}` stands at {first}{outcome}",
        "remove one of the two: the later one would replace the earlier when applied",
        "duplicate-object",
        "A.51",
    )
