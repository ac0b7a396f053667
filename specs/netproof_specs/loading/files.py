"""One file as what it states, whatever else is read with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from netproof_specs.decoding import Report
from netproof_specs.documents import Manifest, documents_of
from netproof_specs.json_documents import JsonDocument, JsonText
from netproof_specs.loading.results import LoadOptions
from netproof_specs.locations import Location
from netproof_specs.problems import Problem
from netproof_specs.readers.kinds import Treatment
from netproof_specs.readers.objects import Kind, Object, Skipped, objects_of
from netproof_specs.readers.table import Item, Reading, ReadKind, Scope
from netproof_specs.readers.workloads import Known
from netproof_specs.sources import Content, Source, source_of
from netproof_specs.steps import Step, Watch, unwatched
from netproof_specs.syntax import ParsedBlock


@dataclass(frozen=True, slots=True)
class Met:
    """What has been found right before and need not be examined again; no reading depends on it."""

    valid: set[tuple[str, str]] = field(default_factory=set)
    blocks: dict[str, ParsedBlock] = field(default_factory=dict)
    kinds: dict[Kind, Treatment | None] = field(default_factory=dict)
    known: Known = field(default_factory=Known)


@dataclass(frozen=True, slots=True)
class ReadObject:
    """What was read from one object, and the object."""

    row: ReadKind
    item: Item
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class FileReading:
    """What one file states, as it depends on nothing but the file and the options.

    `data` are the bytes as they are, `text` is the same in UTF-8. `documents` counts the
    documents; `json_text` is there for a file in JSON.
    """

    source: Source
    data: bytes
    text: bytes
    documents: int
    objects: tuple[ReadObject, ...]
    skipped: Skipped
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]
    json_text: JsonText | None = None


def read_file(
    content: Content, options: LoadOptions, met: Met, watch: Watch = unwatched
) -> FileReading | None:
    """What a file states; `None` for one that was found in a folder and holds no object.

    Every load that shares `met` must have the same options.
    """
    watch(Step("reading", detail=content.name))
    found = documents_of(content)
    if found is None:
        return None
    data, documents, problems = found
    report = Report(options.decoding, problems, [], met.valid, met.blocks)
    skipped = Skipped(options.without, kinds=met.kinds)
    reading = Reading(options.namespace, met.known)
    objects: list[ReadObject] = []
    json_text = None
    for document in documents:
        if isinstance(document, JsonDocument):
            json_text = document.source
        for one in objects_of(document, report, skipped):
            watch(Step("reading", detail=f"{content.name}, {one.row.kind}"))
            item = _read(one, report, reading)
            if item is not None:
                objects.append(ReadObject(one.row, item, one.root.manifest))
    unnamed = sum(map(_is_unnamed, objects))
    if unnamed:
        report.notes.append(_defaulted(content.name, unnamed, options.namespace))
    return FileReading(
        source_of(content),
        content.data,
        data,
        len(documents),
        tuple(objects),
        skipped,
        tuple(report.problems),
        tuple(report.notes),
        json_text,
    )


def _read(found: Object, report: Report, reading: Reading) -> Item | None:
    before = len(report.problems)
    item = found.row.read(found.root, reading)
    return None if len(report.problems) > before else item


def _is_unnamed(one: ReadObject) -> bool:
    """Iff the object lives in a namespace but names none (A.50)."""
    if one.row.scope is Scope.CLUSTER:
        return False
    return not one.manifest.value["metadata"].get("namespace")


def _defaulted(file: str, count: int, namespace: str) -> Problem:
    what = (
        "1 object names no namespace and counts"
        if count == 1
        else (f"{count} objects name no namespace and count")
    )
    message = f"{what} as part of `{namespace}`"
    hint = "write `metadata.namespace`, or give `--namespace`"
    return Problem(Location(file, 0, 0), message, hint, "default-namespace", "A.50")
