"""Reading what the typed decoder accepts; every other object goes to the reader of its kind."""

from __future__ import annotations

from netproof_specs.documents import HEAD, Document, Manifest
from netproof_specs.json_documents import JsonDocument, JsonText
from netproof_specs.loading.objects import Findings, Identity, ReadObject, read_object
from netproof_specs.locations import Location
from netproof_specs.quick_values import quickly
from netproof_specs.readers.kinds import Read
from netproof_specs.readers.objects import Skipped, objects_in, treatment_of
from netproof_specs.readers.table import Item
from netproof_specs.readers.workloads import Known
from netproof_specs.steps import Step
from netproof_specs.typed import forms
from netproof_specs.typed.json_lists import NotAcceptedError, listed, value_of
from netproof_specs.typed.pods import NotPlainError, read_namespace, read_pod

_BATCH = 1000
_LOCATION = quickly(Location)


def read_typed(text: bytes, findings: Findings) -> Document:
    """Reads the objects of a `List` in JSON; raises NotAcceptedError for any other text.

    Then the findings are of no use. Else they are those that reading the file carefully has.
    """
    name = findings.file
    named = name.removesuffix(".gz").endswith(".json")
    if not named and text[:HEAD].lstrip()[:1] != b"{":
        raise NotAcceptedError
    document = JsonDocument(JsonText(name, text, starts=[len(text) - len(text.lstrip())]), 0)
    known, objects = findings.reading.known, findings.objects
    kinds = [kind for kind in (forms.Pod, forms.Namespace) if _is_read(kind, findings.skipped)]
    for position, (one, raw) in enumerate(listed(text)):
        if not position % _BATCH:
            findings.watch(Step("reading", detail=name))
        base = ("items", position)
        where = _LOCATION(name, 0, 0, 0, (*base, "metadata", "name"))
        try:
            if type(one) not in kinds:
                raise NotPlainError
            identity, item = _read(one, known, where)
            objects.append(ReadObject(identity, item, document, base))
        except NotPlainError:
            manifest = Manifest(document, base, value_of(raw))
            for inner in objects_in(manifest, findings.report, findings.skipped):
                read_object(inner, findings)
    return document


def _is_read(kind: type, skipped: Skipped) -> bool:
    """Iff the user does not leave out the kind."""
    return isinstance(treatment_of(("v1", kind.__name__), skipped), Read)


def _read(one: forms.TypedObject | None, known: Known, where: Location) -> tuple[Identity, Item]:
    if isinstance(one, forms.Pod):
        pod = read_pod(one, known, where)
        return ("", "Pod", pod.workload.namespace, pod.workload.name), pod
    if isinstance(one, forms.Namespace):
        space = read_namespace(one, known, where)
        return ("", "Namespace", "", space.name), space
    raise NotPlainError
