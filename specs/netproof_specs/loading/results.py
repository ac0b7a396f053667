"""What one load gives: the cluster, and what the reports say of its input."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from netproof_specs.decoding import Decoding
from netproof_specs.documents.json_text import JsonText, resolve_in
from netproof_specs.frozen import Frozen, field
from netproof_specs.loading.objects import ReadObject
from netproof_specs.locations import Location
from netproof_specs.model.cluster import Cluster, Workload
from netproof_specs.problems import Problem
from netproof_specs.readers.kinds import LeftOut
from netproof_specs.sources.finding import Source
from netproof_specs.sources.folders import NONE_UNREAD, Unread


class Duplicates(Enum):
    """What becomes of two objects with one kind, namespace and name (A.51)."""

    REFUSE = "refuse"
    LAST_WINS = "last-wins"


class LoadOptions(Frozen):
    """How to load; `namespace` is that of objects that name none (A.50).

    Objects of the kinds in `without` are left out, which every report says.
    `exclude` are globs of files and folders that are left out below folders (`folders.fits`).
    """

    namespace: str = "default"
    decoding: Decoding = Decoding.STRICT
    duplicates: Duplicates = Duplicates.REFUSE
    without: tuple[LeftOut, ...] = ()
    exclude: tuple[str, ...] = ()


AS_USUAL = LoadOptions()


class KindCount(Frozen):
    """How many objects of a kind were left out, and where the first of them stands, if told."""

    api_version: str
    kind: str
    count: int
    where: Location | None = None


class Documents(Frozen):
    """The input as it was written: the objects of the policies, and the texts of the files.

    `policies` has one object for each policy of the cluster, in the same order. `texts` holds
    every file as read, under its name.
    """

    policies: tuple[ReadObject, ...] = ()
    json_texts: Mapping[str, JsonText] = field(default_factory=dict)
    texts: Mapping[str, bytes] = field(default_factory=dict)


class Loaded(Frozen):
    """A cluster with what the reports say of its input.

    `skipped` counts the objects of each kind that says nothing of connectivity; `unknown_kinds`
    are those of which nothing is known, and `without` those that the user leaves out: a verdict
    holds without them. `notes` are remarks on the input that are no errors; `options` are those
    that it was loaded with. `dormant` are the workloads that run no pod, being completed or
    scaled to nothing (A.9). `paths` are those that read the same input again; none for texts.
    `unread` are files of folders that were left out.
    """

    cluster: Cluster
    sources: tuple[Source, ...]
    skipped: tuple[tuple[str, int], ...]
    notes: tuple[Problem, ...]
    documents: Documents
    options: LoadOptions = AS_USUAL
    dormant: tuple[Workload, ...] = ()
    unknown_kinds: tuple[KindCount, ...] = ()
    without: tuple[KindCount, ...] = ()
    paths: tuple[str, ...] = ()
    unread: Unread = NONE_UNREAD


UNKNOWN_KIND = "kind-not-known"
"""The code of a note on a kind of which nothing is known."""


def resolve(location: Location, loaded: Loaded) -> Location:
    """The location with line and column, which one in a JSON file does not have at first."""
    return resolve_in(location, loaded.documents.json_texts)
