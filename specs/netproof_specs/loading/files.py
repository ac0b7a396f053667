"""One file as what it states, whatever else is read with it."""

from __future__ import annotations

from collections.abc import Sequence

from netproof_specs.decoding import Report
from netproof_specs.documents.json_text import JsonDocument, JsonText
from netproof_specs.documents.located import documents_of
from netproof_specs.frozen import Frozen, field
from netproof_specs.loading.objects import Findings, ReadObject, read_object
from netproof_specs.loading.results import LoadOptions
from netproof_specs.loading.typed import Seen, read_typed
from netproof_specs.locations import Location
from netproof_specs.problems import Problem
from netproof_specs.readers.kinds import Treatment
from netproof_specs.readers.objects import Kind, Skipped, objects_of
from netproof_specs.readers.table import Reading
from netproof_specs.readers.workloads import Known
from netproof_specs.sources.contents import UnreadableError, plain
from netproof_specs.sources.finding import Content, Source, source_of
from netproof_specs.steps import Step, Watch, unwatched
from netproof_specs.syntax import ParsedBlock
from netproof_specs.typed.json_lists import NotAcceptedError


class Met(Frozen):
    """What has been found right before and need not be examined again; no reading depends on it."""

    valid: set[tuple[str, str]] = field(default_factory=set)
    blocks: dict[str, ParsedBlock] = field(default_factory=dict)
    kinds: dict[Kind, Treatment | None] = field(default_factory=dict)
    known: Known = field(default_factory=Known)


class FileReading(Frozen):
    """What one file states; it depends on nothing but the file and the options.

    `data` are the bytes as they are, `text` is the same in UTF-8. `documents` counts the
    documents; `json_text` is there for a file in JSON.
    """

    source: Source
    data: bytes
    text: bytes
    documents: int
    objects: Sequence[ReadObject]
    skipped: Skipped
    problems: Sequence[Problem]
    notes: Sequence[Problem]
    json_text: JsonText | None = None


def read_file(
    content: Content, options: LoadOptions, met: Met, watch: Watch = unwatched
) -> FileReading | None:
    """What a file states; `None` for one that was found in a folder and holds no object.

    Every call that shares `met` must have the same options.
    """
    watch(Step("reading", detail=content.name))
    try:
        text = plain(content.data)
    except UnreadableError as error:
        where = Location(content.name, 0, 0)
        problem = Problem(where, str(error), error.suggestion, "unreadable-file")
        return _reading(
            content, content.data, Seen(0), _begun(content, options, met, watch, [problem])
        )
    try:
        findings = _begun(content, options, met, watch, [])
        return _reading(content, text, read_typed(text, findings), findings)
    except NotAcceptedError:
        return _read_carefully(content, text, _begun(content, options, met, watch, []))


def _begun(
    content: Content, options: LoadOptions, met: Met, watch: Watch, problems: list[Problem]
) -> Findings:
    return Findings(
        content.name,
        Report(options.decoding, problems, [], met.valid, met.blocks),
        Skipped(options.without, kinds=met.kinds),
        Reading(options.namespace, met.known),
        watch,
    )


def _read_carefully(content: Content, text: bytes, findings: Findings) -> FileReading | None:
    """What a file states, with everything that is wrong with it."""
    documents = documents_of(content, text, findings.report.problems)
    if documents is None:
        return None
    for document in documents:
        for one in objects_of(document, findings.report, findings.skipped):
            read_object(one, findings)
    json_texts = [one.source for one in documents if isinstance(one, JsonDocument)]
    seen = Seen(len(documents), json_texts[0] if json_texts else None)
    return _reading(content, text, seen, findings)


def _reading(content: Content, text: bytes, seen: Seen, findings: Findings) -> FileReading:
    report, unnamed = findings.report, len(findings.unnamed)
    if unnamed:
        report.notes.append(_defaulted(content.name, unnamed, findings.reading.namespace))
    return FileReading(
        source_of(content),
        content.data,
        text,
        seen.documents,
        findings.objects,
        findings.skipped,
        report.problems,
        report.notes,
        seen.json_text,
    )


def _defaulted(file: str, count: int, namespace: str) -> Problem:
    what = (
        "1 object names no namespace and counts"
        if count == 1
        else (f"{count} objects name no namespace and count")
    )
    message = f"{what} as part of `{namespace}`"
    hint = "write `metadata.namespace`, or give `--namespace`"
    return Problem(Location(file, 0, 0), message, hint, "default-namespace", "A.50")
