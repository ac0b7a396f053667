"""Reading what the typed decoder accepts; every other object goes to the reader of its kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from netproof_specs.documents.json_positions import Positions
from netproof_specs.documents.json_text import JsonDocument, JsonText
from netproof_specs.documents.located import HEAD, Manifest, text_of
from netproof_specs.documents.yaml_parts import (
    Around,
    NotInPartsError,
    Part,
    documents,
    elements,
    has_content,
    is_around_a_list,
)
from netproof_specs.documents.yaml_templates import Cut, Template, Templates, cut, learnt, pruned
from netproof_specs.documents.yaml_text import read_part
from netproof_specs.loading.objects import Findings, ReadObject, identity_of, read_object
from netproof_specs.locations import Location
from netproof_specs.problems import Problem
from netproof_specs.readers.kinds import Read
from netproof_specs.readers.objects import Skipped, objects_in, objects_of, treatment_of
from netproof_specs.steps import Step
from netproof_specs.typed.json_lists import NotAcceptedError, listed, value_of
from netproof_specs.typed.kinds import TYPED, TypedKind, typed_of
from netproof_specs.typed.parts import NotPlainError, Path, Places

_BATCH = 1000
_FEW = 20
"""So many forms of text are learnt before it counts how many objects are of the same form."""


class Seen(NamedTuple):
    """How many documents were read, and the text of a file in JSON."""

    documents: int
    json_text: JsonText | None = None


def read_typed(text: bytes, findings: Findings) -> Seen:
    """Reads the objects of a file; raises NotAcceptedError if it has to be read carefully.

    Then the findings are of no use. Else they are those that reading the file carefully has.
    """
    named = findings.file.removesuffix(".gz").endswith(".json")
    if named or text[:HEAD].lstrip()[:1] in (b"{", b"["):
        return _read_json(text, findings)
    try:
        return _read_yaml(text, findings)
    except NotInPartsError:
        raise NotAcceptedError from None


def _is_read(row: TypedKind, skipped: Skipped) -> bool:
    """Iff the user does not leave out the kind."""
    found = row.api_version, row.kind
    return isinstance(treatment_of(found, skipped), Read)


# --- JSON ------------------------------------------------------------------------------------


def _read_json(text: bytes, findings: Findings) -> Seen:
    """Reads the objects of a `List`; raises NotAcceptedError for any other text."""
    name = findings.file
    start = len(text) - len(text.lstrip())
    source = JsonText(name, text, starts=[start], positions=Positions(text))
    document = JsonDocument(source, 0)
    known, objects = findings.reading.known, findings.objects
    rows = {form: row for form, row in TYPED.items() if _is_read(row, findings.skipped)}
    at = partial(Location, name, 0, 0, 0)
    places = Places(at, at)
    for position, (one, raw) in enumerate(listed(text)):
        if not position % _BATCH:
            findings.watch(Step("reading", detail=name))
        base = ("items", position)
        row = None if one is None else rows.get(type(one))
        try:
            if row is None:
                raise NotPlainError
            item = row.read(one, known, base, places)
            identity = identity_of(row.group, row.kind, item)
            objects.append(ReadObject(identity, item, (document, position, raw)))
        except NotPlainError:
            manifest = Manifest(document, base, value_of(raw))
            _read_carefully(manifest, findings)
    return Seen(1, source)


def _read_carefully(manifest: Manifest, findings: Findings) -> None:
    """Reads the objects of an element; raises NotAcceptedError if the text turns out to be bad.

    A message may need the document as a whole, of which nobody has read what comes later.
    """
    try:
        for inner in objects_in(manifest, findings.report, findings.skipped):
            read_object(inner, findings)
    except (ValueError, RecursionError):
        raise NotAcceptedError from None


# --- YAML ------------------------------------------------------------------------------------

_PRINTABLE = bytes(range(0x20, 0x7F)) + b"\n\t"
_ODD = "[^\n\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
"""Compiled when first wanted: that takes 3 ms, and most texts are ASCII."""


def _read_yaml(text: bytes, findings: Findings) -> Seen:
    """Reads the objects part by part; raises NotInPartsError if there is anything wrong with one.

    A text with characters that end a line to libyaml only, or that it refuses, is not taken apart.
    """
    problems: list[Problem] = []
    decoded = text_of(findings.file, text, problems)
    if decoded is None or problems or decoded[:HEAD].lstrip()[:1] in ("{", "["):
        raise NotInPartsError
    if text.translate(None, _PRINTABLE) and re.search(_ODD, decoded):
        raise NotInPartsError
    rows = {
        row.kind: row
        for row in TYPED.values()
        if row.bearing is not None
        and _is_read(row, findings.skipped)
        and f"kind: {row.kind}\n" in decoded
    }
    if not rows:
        raise NotInPartsError
    reader = _Parts(findings, Templates(), rows)
    count = 0
    for document in documents(findings.file, decoded):
        found = elements(document)
        if found is not None and is_around_a_list(_values(document, found[0])):
            count += 1
            for part in found[1]:
                _read_part(part, reader)
        else:
            count += _read_part(document, reader)
    if not findings.objects:
        # Perhaps nothing of Kubernetes, which the careful path tells.
        raise NotInPartsError
    return Seen(count)


class _Parts(NamedTuple):
    """What reading the parts of one file takes; `rows` are those of its kinds, by their names."""

    findings: Findings
    templates: Templates
    rows: Mapping[str, TypedKind]


def _values(document: Part, around: Around) -> tuple[Any, Any]:
    """The values of what stands around the elements of a list, `None` for nothing.

    Raises NotInPartsError unless both are fields of the mapping that `items` is a field of.
    """
    before, after = [_fields(document, text) for text in (around.before, around.after)]
    return before, after


def _fields(document: Part, text: str) -> Any:
    found = read_part(Part(document.file, text, 0, 0))
    if found is None:
        if has_content(text):
            raise NotInPartsError
        return None
    if found.root.start_mark.column or getattr(found.root, "flow_style", True):
        raise NotInPartsError
    return found.value


def _read_part(part: Part, reader: _Parts) -> int:
    """Reads one object or document; the answer is 0 for a null document."""
    row = reader.rows.get(_kind(part))
    if row is not None and _reads_typed(part, row, reader):
        return 1
    document = read_part(part)
    if document is None:
        return 0
    report, skipped = reader.findings.report, reader.findings.skipped
    if part.base:
        manifest = Manifest(document, part.base, document.value)
        found = objects_in(manifest, report, skipped)
    else:
        found = objects_of(document, report, skipped)
    for one in found:
        read_object(one, reader.findings)
    return 1


def _kind(part: Part) -> str:
    """The kind as it stands in a line of the object itself, or the empty text.

    That of an owner stands deeper. What the text means is for others to say.
    """
    column = part.text.index("-") + 2 if part.base else 0
    line = f"\n{' ' * column}kind: "
    _, _, behind = f"\n{' ' * column}{part.text[column:]}".partition(line)
    return behind.partition("\n")[0]


def _reads_typed(part: Part, row: TypedKind, reader: _Parts) -> bool:
    """Iff the part is a typed object of the kind that is right, which is read then."""
    findings, templates = reader.findings, reader.templates
    between, scalars = cut(part.text)
    # A field that one kind knows may be unknown to the other.
    form = f"{row.kind}\n{between}"
    if form not in templates.met:
        findings.watch(Step("reading", detail=findings.file))
        if len(templates.met) > _FEW + len(findings.objects) // 2:
            # Hardly two objects are alike, and to learn forms for nothing takes time.
            raise NotInPartsError
        templates.met[form] = _template(part, row, (between, scalars))
    template = templates.met[form]
    if template is None:
        return False
    line, column = template.name

    def at(path: Path) -> Location:
        return Location(part.file, part.above + line + 1, column + 1, part.index, path)

    typed = typed_of(templates.filled(template, scalars))
    if typed is None or TYPED[type(typed)] is not row:
        return False
    try:
        item = row.read(typed, findings.reading.known, part.base, Places(at, at))
    except NotPlainError:
        return False
    findings.objects.append(ReadObject(identity_of(row.group, row.kind, item), item, part))
    return True


def _template(part: Part, row: TypedKind, found: Cut) -> Template | None:
    """The template of typed objects like this one, with the fields that bear on anything."""
    document = read_part(part)
    template = None if document is None else learnt(found, document.root, document.value)
    if document is None or template is None or row.bearing is None:
        return None
    # Whether a field is known does not depend on the scalars.
    typed = typed_of(document.value)
    known = typed is not None and TYPED[type(typed)] is row
    return pruned(template, row.bearing) if known else None
