"""Loading manifests: from paths or texts to a cluster, or to every reason why not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import BinaryIO, NamedTuple

from netproof_specs.calico_checks import calico_notes, calico_problems
from netproof_specs.collecting import collector_off
from netproof_specs.decoding import Decoding, Report, shown
from netproof_specs.documents import Manifest, documents_of
from netproof_specs.folders import NONE_UNREAD, Exclusion, Unread, left_out
from netproof_specs.json_documents import JsonDocument, JsonText, resolve_in
from netproof_specs.locations import Location
from netproof_specs.model.accounts import ServiceAccount
from netproof_specs.model.calico import (
    CalicoNetworkPolicy,
    CalicoObject,
    CalicoTier,
    GlobalNetworkPolicy,
    NetworkSet,
    Profile,
)
from netproof_specs.model.cluster import Cluster, Namespace, Policy, Workload
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.nodes import Node
from netproof_specs.problem_order import in_order
from netproof_specs.problems import InputError, Problem
from netproof_specs.readers.accounts import with_account_labels
from netproof_specs.readers.admin_policy_checks import nodes_and_versions, with_nodes
from netproof_specs.readers.calico_endpoints import with_namespace_labels
from netproof_specs.readers.core import with_implied
from netproof_specs.readers.kinds import LeftOut
from netproof_specs.readers.objects import Object, Skipped, objects_of
from netproof_specs.readers.ownership import one_for_each_pod
from netproof_specs.readers.pod_runners import with_template
from netproof_specs.readers.table import Item, Reading, ReadKind, Scope
from netproof_specs.readers.workloads import Borrowed, Known, ReadWorkload
from netproof_specs.sources import Content, Source, again, read_sources, source_of
from netproof_specs.steps import Step, Watch, unwatched

__all__ = [
    "UNKNOWN_KIND",
    "Decoding",
    "Documents",
    "Duplicates",
    "KindCount",
    "LeftOut",
    "LoadOptions",
    "Loaded",
    "Source",
    "load",
    "load_texts",
    "resolve",
]


class Duplicates(Enum):
    """What becomes of two objects with one kind, namespace and name (A.51)."""

    REFUSE = "refuse"
    LAST_WINS = "last-wins"


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How to load; `namespace` is that of objects that name none (A.50).

    Objects of the kinds in `without` are left out, which every report says.
    `exclude` are globs of files and folders that are left out below folders (`folders.fits`).
    """

    namespace: str = "default"
    decoding: Decoding = Decoding.STRICT
    duplicates: Duplicates = Duplicates.REFUSE
    without: tuple[LeftOut, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KindCount:
    """How many objects of a kind were left out, and where the first of them stands, if told."""

    api_version: str
    kind: str
    count: int
    where: Location | None = None


@dataclass(frozen=True, slots=True)
class Documents:
    """The input as it was written: the objects of the policies, and the texts of the files.

    `policies` has one manifest for each policy of the cluster, in the same order. `texts` holds
    every file as read, under its name.
    """

    policies: tuple[Manifest, ...] = ()
    json_texts: Mapping[str, JsonText] = field(default_factory=dict)
    texts: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loaded:
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
    options: LoadOptions = LoadOptions()
    dormant: tuple[Workload, ...] = ()
    unknown_kinds: tuple[KindCount, ...] = ()
    without: tuple[KindCount, ...] = ()
    paths: tuple[str, ...] = ()
    unread: Unread = NONE_UNREAD


UNKNOWN_KIND = "kind-not-known"
"""The code of a note on a kind of which nothing is known."""


def load(
    paths: Sequence[str],
    options: LoadOptions = LoadOptions(),
    stdin: BinaryIO | None = None,
    but: Sequence[str] = (),
    watch: Watch = unwatched,
) -> Loaded:
    """The cluster that files, folders and `-` (standard input) state, the files in `but` aside.

    Raises `InputError` with every problem found, in input order.
    """
    gathering = Gathering([], Exclusion(options.exclude))
    contents = read_sources(paths, stdin, gathering.problems, but, gathering.exclusion)
    loaded = load_contents(contents, options, gathering, watch)
    return replace(loaded, paths=again(paths, but, options.exclude))


@dataclass(frozen=True, slots=True)
class Gathering:
    """What is found out while files are gathered."""

    problems: list[Problem]
    exclusion: Exclusion
    unread: Unread = NONE_UNREAD


def load_contents(
    contents: Iterable[Content], options: LoadOptions, gathering: Gathering, watch: Watch
) -> Loaded:
    """The cluster that files state, read as they are gathered; errors as in `load`."""
    with collector_off():
        return _load(contents, options, gathering, watch)


def load_texts(
    texts: Mapping[str, bytes | str],
    options: LoadOptions = LoadOptions(),
    watch: Watch = unwatched,
    unread: Unread = NONE_UNREAD,
) -> Loaded:
    """The cluster that texts state, each under the name of its file; errors as in `load`.

    `unread` are files that were not read, for the notes on them.
    """
    contents = (
        Content(name, text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
        for name, text in texts.items()
    )
    with collector_off():
        return _load(contents, options, Gathering([], Exclusion(), unread), watch)


def resolve(location: Location, loaded: Loaded) -> Location:
    """The location with line and column, which one in a JSON file does not have at first."""
    return resolve_in(location, loaded.documents.json_texts)


# --- one load --------------------------------------------------------------------------------


class _Identity(NamedTuple):
    """What tells an object from all others (A.51); a kind's name may exist in several groups."""

    group: str
    kind: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was read from one object, and the object."""

    item: Item
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class _Loading:
    """What one load has read so far."""

    options: LoadOptions
    report: Report
    skipped: Skipped
    watch: Watch
    known: Known = field(default_factory=Known)
    kept: dict[_Identity, _Kept] = field(default_factory=dict)
    texts: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    documents: list[str] = field(default_factory=list)
    json_texts: dict[str, JsonText] = field(default_factory=dict)


def _load(
    contents: Iterable[Content], options: LoadOptions, gathering: Gathering, watch: Watch
) -> Loaded:
    problems = gathering.problems
    report, skipped = Report(options.decoding, problems), Skipped(options.without)
    loading = _Loading(options, report, skipped, watch)
    sources: list[Source] = []
    foreign: list[str] = [*gathering.unread.foreign]
    watch(Step("reading"))
    for content in contents:
        if _read_file(content, loading):
            sources.append(source_of(content))
        else:
            foreign.append(content.name)
    _lend_templates(loading)
    excluded = (*gathering.unread.excluded, *gathering.exclusion.files)
    unread = Unread(excluded, tuple(foreign))
    loading.report.notes[:0] = left_out(unread)
    if not problems and not loading.documents:
        problems.append(_nothing(sources))
    kept = [(one.item, one.manifest) for one in loading.kept.values()]
    problems.extend(calico_problems(kept))
    problems.extend(nodes_and_versions([item for item, _ in kept]))
    if problems:
        raise InputError(in_order(problems, loading.texts, loading.json_texts))
    unknown = tuple(_unknown_kinds(loading))
    report.notes.extend(map(_unknown_kind, unknown))
    return replace(_loaded(sources, loading), unknown_kinds=unknown, unread=unread)


def _unknown_kinds(loading: _Loading) -> Iterator[KindCount]:
    for (version, kind), manifests in sorted(loading.skipped.unknown.items()):
        where = resolve_in(manifests[0].locate(("kind",)), loading.json_texts)
        yield KindCount(version, kind, len(manifests), where)


def _unknown_kind(found: KindCount) -> Problem:
    objects = "1 object is" if found.count == 1 else f"{found.count} objects are"
    return Problem(
        found.where,
        f"nothing is known of the kind `{shown(found.kind)}` of `{shown(found.api_version)}`: "
        f"{objects} left out",
        "see that it neither runs pods nor decides who may connect",
        UNKNOWN_KIND,
        "B.7",
    )


def _nothing(sources: list[Source]) -> Problem:
    where = Location(sources[0].name, 0, 0) if sources else None
    hint = "give files or folders with manifests"
    return Problem(where, "the input holds no object", hint, "no-object")


def _read_file(content: Content, loading: _Loading) -> bool:
    """Reads the objects of a file, unless it was found in a folder and holds none."""
    files, unnamed = len(loading.texts), 0
    loading.watch(Step("reading", files, detail=content.name))
    found = documents_of(content)
    if found is None:
        return False
    data, documents, problems = found
    loading.texts[content.name] = data
    loading.files[content.name] = content.data
    loading.report.problems.extend(problems)
    for document in documents:
        loading.documents.append(content.name)
        if isinstance(document, JsonDocument):
            loading.json_texts[content.name] = document.source
        for one in objects_of(document, loading.report, loading.skipped):
            loading.watch(Step("reading", files, detail=f"{content.name}, {one.row.kind}"))
            unnamed += _read_object(one, loading)
    if unnamed:
        loading.report.notes.append(_defaulted(content.name, unnamed, loading.options.namespace))
    return True


def _defaulted(file: str, count: int, namespace: str) -> Problem:
    what = (
        "1 object names no namespace and counts"
        if count == 1
        else (f"{count} objects name no namespace and count")
    )
    message = f"{what} as part of `{namespace}`"
    hint = "write `metadata.namespace`, or give `--namespace`"
    return Problem(Location(file, 0, 0), message, hint, "default-namespace", "A.50")


def _read_object(found: Object, loading: _Loading) -> int:
    """Reads one object; the answer is 1 if it lives in a namespace but names none (A.50)."""
    before = len(loading.report.problems)
    item = found.row.read(found.root, Reading(loading.options.namespace, loading.known))
    if item is None or len(loading.report.problems) > before:
        return 0
    _keep(item, found, loading)
    if found.row.scope is Scope.CLUSTER:
        return 0
    return 0 if found.root.value["metadata"].get("namespace") else 1


def _identity(row: ReadKind, item: Item) -> _Identity:
    match item:
        case Namespace() | HostEndpoint() | Node():
            namespace, name = "", item.name
        case ReadWorkload():
            namespace, name = item.workload.namespace, item.workload.name
        case _:
            namespace, name = item.namespace, item.name
    return _Identity(row.group, row.kind, namespace, name)


def _keep(item: Item, found: Object, loading: _Loading) -> None:
    """Adds an object, unless another one has its kind, namespace and name (A.51)."""
    identity = _identity(found.row, item)
    earlier = loading.kept.get(identity)
    if earlier is None:
        loading.kept[identity] = _Kept(item, found.root.manifest)
        return
    if "*" in identity.name:
        _keep(_numbered(item, len(loading.kept)), found, loading)
        return
    problem = _duplicate(identity, earlier.manifest, found.root.manifest, loading)
    if earlier.manifest.value == found.root.manifest.value:
        loading.report.notes.append(problem)
        return
    if loading.options.duplicates is Duplicates.REFUSE:
        loading.report.problems.append(problem)
        return
    loading.report.notes.append(problem)
    loading.kept[identity] = _Kept(item, found.root.manifest)


def _numbered(item: Item, number: int) -> Item:
    """An object whose name the server would make up, told apart from another such object."""
    if isinstance(item, ReadWorkload):
        workload = item.workload
        return replace(item, workload=replace(workload, name=f"{workload.name}{number}"))
    return replace(item, name=f"{item.name}{number}")


def _duplicate(
    identity: _Identity, earlier: Manifest, later: Manifest, loading: _Loading
) -> Problem:
    _, kind, namespace, name = identity
    title = f"{namespace}/{name}" if namespace else name
    first = resolve_in(earlier.locate(("metadata", "name")), loading.json_texts)
    if earlier.value == later.value:
        return Problem(
            later.locate(("metadata", "name")),
            f"the {kind} `{title}` stands at {first} word for word, and counts once",
            "remove one of the two",
            "repeated-object",
            "A.51",
        )
    last_wins = loading.options.duplicates is Duplicates.LAST_WINS
    outcome = "; this one replaces it" if last_wins else ""
    return Problem(
        later.locate(("metadata", "name")),
        f"another {kind} `{title}` stands at {first}{outcome}",
        "remove one of the two: the later one would replace the earlier when applied",
        "duplicate-object",
        "A.51",
    )


def _lend_templates(loading: _Loading) -> None:
    """Gives the workloads that refer to another one's pod template that template (A.9a)."""
    read = [one for one in loading.kept.items() if isinstance(one[1].item, ReadWorkload)]
    index = {
        (one.workload.kind, one.workload.namespace, one.workload.name): one
        for _, kept in read
        if isinstance(one := kept.item, ReadWorkload)
    }
    for identity, kept in read:
        one = kept.item
        if not isinstance(one, ReadWorkload) or one.borrowed is None:
            continue
        (kind, name), namespace = one.borrowed.owner, one.workload.namespace
        full = with_template(one, index.get((kind, namespace, name)))
        if full is None:
            loading.report.problems.append(_no_template(one, one.borrowed))
        else:
            loading.kept[identity] = replace(kept, item=full)


def _no_template(one: ReadWorkload, borrowed: Borrowed) -> Problem:
    title = f"{one.workload.namespace}/{one.workload.name}"
    kind, name = borrowed.owner
    return Problem(
        borrowed.where,
        f"the {one.workload.kind} `{title}` takes the pod template of the {shown(kind)} "
        f"`{shown(name)}`, which is not in the input",
        "give that object too",
        "missing-template",
        "A.9a",
    )


def _loaded(sources: list[Source], loading: _Loading) -> Loaded:
    declared: list[Namespace] = []
    nodes: list[Node] = []
    workloads: list[ReadWorkload] = []
    policies: list[tuple[Policy, Manifest]] = []
    calico: list[CalicoObject] = []
    hosts: list[HostEndpoint] = []
    accounts: list[ServiceAccount] = []
    for kept in loading.kept.values():
        match kept.item:
            case Namespace():
                declared.append(kept.item)
            case Node():
                nodes.append(kept.item)
            case ReadWorkload():
                workloads.append(kept.item)
            case HostEndpoint():
                hosts.append(kept.item)
            case CalicoNetworkPolicy() | GlobalNetworkPolicy() | CalicoTier():
                calico.append(kept.item)
            case Profile() | NetworkSet():
                calico.append(kept.item)
            case ServiceAccount():
                accounts.append(kept.item)
            case _:  # An item of a type that has no case above and is no policy is a type error.
                policies.append((kept.item, kept.manifest))
    policies.sort(key=lambda pair: (pair[0].namespace, pair[0].name, pair[0].title))
    nodes.sort(key=lambda node: node.name)
    running = with_account_labels(_sorted(one_for_each_pod(workloads)), accounts)
    homes = [one.namespace for one in (*(p for p, _ in policies), *calico) if one.namespace]
    dormant = _sorted(one.workload for one in workloads if not one.alive)
    # Pods can be deployed where a workload stands that runs none at present (A.52).
    used = [*(one.workload.namespace for one in workloads), *homes]
    namespaces = with_implied(declared, used)
    loading.report.notes.extend(calico_notes(calico))
    return Loaded(
        Cluster(
            namespaces,
            running,
            tuple(with_nodes(policy, tuple(nodes)) for policy, _ in policies),
            with_namespace_labels(sorted(calico, key=_calico_order), namespaces),
            tuple(sorted(hosts, key=lambda one: one.name)),
            tuple(sorted(accounts, key=lambda one: (one.namespace, one.name))),
            tuple(nodes),
        ),
        tuple(sources),
        tuple(sorted(loading.skipped.counts.items())),
        in_order(loading.report.notes, loading.texts, loading.json_texts),
        Documents(tuple(manifest for _, manifest in policies), loading.json_texts, loading.files),
        loading.options,
        dormant,
        without=tuple(
            KindCount(version, kind, count)
            for (version, kind), count in sorted(loading.skipped.left_out.items())
        ),
    )


def _sorted(workloads: Iterable[Workload]) -> tuple[Workload, ...]:
    return tuple(sorted(workloads, key=lambda one: (one.namespace, one.name, one.kind)))


def _calico_order(one: CalicoObject) -> tuple[str, str, str]:
    return one.namespace, one.name, type(one).__name__
