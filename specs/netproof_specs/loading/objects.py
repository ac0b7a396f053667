"""Objects with what was read from them, and what is found while a file is read."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Raw

from netproof_specs.decoding import Report
from netproof_specs.documents.json_text import JsonDocument
from netproof_specs.documents.located import Manifest
from netproof_specs.documents.yaml_parts import Part
from netproof_specs.documents.yaml_text import read_part
from netproof_specs.frozen import Frozen, field
from netproof_specs.model.cluster import Namespace
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.nodes import Node
from netproof_specs.readers.objects import Object, Skipped
from netproof_specs.readers.table import Item, Reading, Role, Scope
from netproof_specs.readers.workloads import ReadWorkload
from netproof_specs.steps import Step as Progress
from netproof_specs.steps import Watch
from netproof_specs.typed.json_lists import value_of
from netproof_specs.typed.kinds import TYPED, typed_of
from netproof_specs.typed.parts import NotPlainError, Places

Identity = tuple[str, str, str, str]
"""What tells an object from all others (A.51): group, kind, namespace and name.

A kind's name may exist in several groups.
"""


class ReadObject(NamedTuple):
    """What was read from one object, and the object.

    A named tuple because a load makes one for every object. The object of a typed one is found
    only when somebody asks for it: as element of a list in JSON, or as part of a text in YAML.
    """

    identity: Identity
    item: Item
    source: Manifest | tuple[JsonDocument, int, Raw] | Part

    @property
    def manifest(self) -> Manifest:
        """The object that the item was read from."""
        match self.source:
            case Manifest():
                return self.source
            case Part():
                document = read_part(self.source)
                assert document is not None, "a part was typed, so it holds an object"
                return Manifest(document, self.source.base, document.value)
            case _:
                whole, position, text = self.source
                return Manifest(whole, ("items", position), value_of(text))


class Findings(Frozen):
    """What is found in the file that is being read.

    `unnamed` are the objects that live in a namespace but name none (A.50).
    """

    file: str
    report: Report
    skipped: Skipped
    reading: Reading
    watch: Watch
    objects: list[ReadObject] = field(default_factory=list)
    unnamed: list[Manifest] = field(default_factory=list)


def read_object(one: Object, findings: Findings) -> None:
    """Reads an object with the reader of its kind; what has a problem is not kept."""
    findings.watch(Progress("reading", detail=f"{findings.file}, {one.row.kind}"))
    before = len(findings.report.problems)
    item = _typed(one, findings) or one.row.read(one.root, findings.reading)
    if item is None or len(findings.report.problems) > before:
        return
    manifest = one.root.manifest
    identity = identity_of(one.row.group, one.row.kind, item)
    findings.objects.append(ReadObject(identity, item, manifest))
    if one.row.scope is Scope.NAMESPACED and not manifest.value["metadata"].get("namespace"):
        findings.unnamed.append(manifest)


_TYPED_GROUPS = frozenset(row.group for row in TYPED.values())


def _typed(one: Object, findings: Findings) -> Item | None:
    """What is right and of a typed form; its reader would find the same, and take longer."""
    located = one.row.role is Role.PART and one.row.group in _TYPED_GROUPS
    typed = typed_of(one.root.value) if located else None
    if typed is None:
        return None
    manifest = one.root.manifest
    places = Places(manifest.locate, manifest.locate_key)
    try:
        return TYPED[type(typed)].read(typed, findings.reading.known, (), places)
    except NotPlainError:
        return None


def identity_of(group: str, kind: str, item: Item) -> Identity:
    """The identity of what was read from an object of a kind."""
    match item:
        case ReadWorkload():
            return group, kind, item.workload.namespace, item.workload.name
        case Namespace() | HostEndpoint() | Node():
            return group, kind, "", item.name
        case _:
            return group, kind, item.namespace, item.name
