"""The two versions of a comparison: what each loads, and the cluster that both share."""

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO, TypeVar

from netproof.undecided import refuse_undecided, refuse_undecided_together
from netproof_encodings.lowering import can_be_for_hosts, can_meet_hosts, is_for_hosts_alone
from netproof_specs.frozen import replace
from netproof_specs.loading import Gathering, Loaded, LoadOptions, load_contents
from netproof_specs.loading.lending import (
    apart_from,
    lent_to_hosts,
    lent_to_policies,
    lent_to_workloads,
    on_nodes,
)
from netproof_specs.model.accounts import ServiceAccount
from netproof_specs.model.cluster import Cluster, Namespace, Policy, Workload
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.nodes import Node
from netproof_specs.problems import InputError, Problem
from netproof_specs.sources.finding import STDIN, Content, read_sources
from netproof_specs.sources.folders import Exclusion
from netproof_specs.sources.revisions import is_revision, read_revision
from netproof_specs.steps import Watch, unwatched
from netproof_specs.worlds import World


def load_versions(
    paths: tuple[str, str],
    context: Sequence[str],
    options: LoadOptions,
    stdin: BinaryIO | None = None,
    watch: Watch = unwatched,
) -> tuple[Loaded, Loaded]:
    """OLD and NEW, by their paths, each together with the context.

    A version is a file, a folder, `-` or `git:REV:PATH`. Raises InputError with the problems of
    both versions.
    """
    if [*paths, *context].count(STDIN) > 1:
        raise InputError((Problem(None, "standard input can be read only once"),))
    problems: list[Problem] = []
    shared = Gathering(problems, Exclusion(options.exclude))
    common = list(read_sources(context, stdin, problems, exclusion=shared.exclusion))
    versions = []
    for path in paths:
        gathering = Gathering(problems, replace(shared.exclusion, files=[]))
        contents = [*_contents(path, stdin, gathering), *common]
        gathering.exclusion.files.extend(shared.exclusion.files)
        versions.append((contents, gathering.exclusion))
    if problems:
        raise InputError(tuple(problems))
    loaded = [_loaded(version, options, problems, watch) for version in versions]
    if problems or loaded[0] is None or loaded[1] is None:
        raise InputError(tuple(dict.fromkeys(problems)))
    old, new = loaded[0], loaded[1]
    return old, with_path_note(new) if _is_one_path(*paths) else new


def with_path_note(new: Loaded) -> Loaded:
    """NEW, with a note that OLD is read from the same path."""
    return replace(new, notes=(*new.notes, Problem(None, *_SAME, code=ONE_PATH)))


def with_host_note(old: Loaded, new: Loaded) -> Loaded:
    """NEW, with a note where policies can meet host endpoints, and the input has none (D.35).

    In a world that has no others.
    """
    if old.cluster.hosts or new.cluster.hosts:
        return new
    what = _what_meets_hosts((*old.cluster.policies, *new.cluster.policies))
    if what is None:
        return new
    note = Problem(
        None,
        f"{what}: the input has none, so that what they decide there is not looked at",
        "give the HostEndpoints with `--context`",
        "no-hosts-to-compare",
        "D.35",
    )
    return replace(new, notes=(*new.notes, note))


def _what_meets_hosts(policies: Sequence[Policy]) -> str | None:
    """Which policies are for host endpoints or find them, in words; `None` for none of them."""
    said: list[str] = []
    if any(map(can_be_for_hosts, policies)):
        said.append("GlobalNetworkPolicies can be for host endpoints too")
    elif any(map(can_meet_hosts, policies)):
        said.append(
            "rules whose `namespaceSelector` asks for no namespace can find host endpoints too"
        )
    if any(map(is_for_hosts_alone, policies)):
        said.append("failsafe ports of a FelixConfiguration are those of host endpoints")
    return ", and ".join(said) or None


ONE_PATH = "one-path"
"""The code of the note."""

_SAME = (
    "OLD and NEW are the same path, so there is nothing to find",
    "compare with what it was: `git:REV:PATH` reads a revision",
)


def _is_one_path(old: str, new: str) -> bool:
    if is_revision(old) or is_revision(new):
        return old == new
    return os.path.realpath(old) == os.path.realpath(new)


def _contents(version: str, stdin: BinaryIO | None, gathering: Gathering) -> list[Content]:
    problems, exclusion = gathering.problems, gathering.exclusion
    if is_revision(version):
        return read_revision(version, problems, exclusion)
    return list(read_sources([version], stdin, problems, exclusion=exclusion))


def _loaded(
    version: tuple[Sequence[Content], Exclusion],
    options: LoadOptions,
    problems: list[Problem],
    watch: Watch,
) -> Loaded | None:
    contents, exclusion = version
    # A file of the context may be one of the version as well, and counts once.
    once = {one.name: one for one in contents}.values()
    try:
        return load_contents(once, options, Gathering([], exclusion), watch)
    except InputError as error:
        problems.extend(error.problems)
        return None


def shared_cluster(old: Loaded, new: Loaded, world: World) -> Cluster:
    """The namespaces, workloads and so on of both versions, without policies.

    A comparison speaks of policies over one and the same cluster, so what a pod has of its
    service account and of its node (D.15, A.42, A.45) is the same whichever version gives these.
    Raises InputError where the versions state an object differently and the world depends on it,
    and where either holds what is not decided on.
    """
    for version in (old, new):
        refuse_undecided(version.cluster)
    refuse_undecided_together((*old.cluster.policies, *new.cluster.policies))
    problems: list[Problem] = []
    nodes = _nodes(old.cluster, new.cluster, problems)
    own, others = (lent_to_hosts(one.cluster.hosts, nodes) for one in (old, new))
    hosts = _shared(own, others, problems)
    counted = len(problems)
    namespaces = list(_namespaces(old.cluster, new.cluster, problems))
    accounts = _shared(old.cluster.accounts, new.cluster.accounts, problems)
    counted = len(problems) if world is not World.ANY_CLUSTER else counted
    relabelled = _relabelled(old.cluster, new.cluster)
    moved = {one.name: (known, one) for known, one in _moved_nodes(old.cluster, new.cluster)}
    before, after = (
        lent_to_workloads(one.cluster.workloads, accounts, nodes) for one in (old, new)
    )
    workloads = [
        replace(one, disputed=True) if one.namespace in relabelled or one.node in moved else one
        for one in _workloads(before, after, moved, problems)
    ]
    problems += _nodes_of_pods(workloads, moved, problems)
    counted = len(problems) if world is World.SNAPSHOT else counted
    if counted:
        raise InputError(tuple(problems[:counted]))
    cluster = Cluster(tuple(namespaces), tuple(workloads), (), hosts, accounts, nodes)
    for version in (old, new) if hosts else ():
        # Host endpoints of one version meet policies and pods of the other.
        refuse_undecided(replace(cluster, policies=version.cluster.policies))
    return cluster


def over_one_cluster(version: Loaded, cluster: Cluster) -> Loaded:
    """The version, its policies as they are over the cluster that it shares with the other one.

    Their `nodes` peers stand for the nodes of both (C.17), and a network set has the labels of its
    namespace from whichever declares it (D.34).
    """
    own = {one.name: one for one in version.cluster.namespaces if one.declared}
    namespaces = [own.get(one.name, one) for one in cluster.namespaces]
    policies = lent_to_policies(version.cluster.policies, namespaces, cluster.nodes)
    return replace(version, cluster=replace(version.cluster, policies=policies))


def _nodes(old: Cluster, new: Cluster, problems: list[Problem]) -> tuple[Node, ...]:
    """Each node once. That the versions state one differently is a problem where policies ask for
    nodes, and of its addresses where it has host endpoints, which are in every world."""
    asked = on_nodes((*old.policies, *new.policies))
    with_hosts = {one.node for one in (*old.hosts, *new.hosts)}
    for known, one in _unlike_nodes(old, new):
        if asked or (one.name in with_hosts and one.addresses != known.addresses):
            problems.append(_conflict(f"Node `{one.name}`", one, known))
    found = {one.name: one for one in (*new.nodes, *old.nodes)}
    return tuple(found[name] for name in sorted(found))


def _moved_nodes(old: Cluster, new: Cluster) -> Iterator[tuple[Node, Node]]:
    """The nodes to which the versions give other addresses."""
    return (pair for pair in _unlike_nodes(old, new) if pair[0].addresses != pair[1].addresses)


def _unlike_nodes(old: Cluster, new: Cluster) -> Iterator[tuple[Node, Node]]:
    """The nodes that the versions state differently."""
    before = {one.name: one for one in old.nodes}
    for one in new.nodes:
        known = before.get(one.name, one)
        if replace(known, where=None) != replace(one, where=None):
            yield known, one


def _nodes_of_pods(
    workloads: Iterable[Workload],
    moved: Mapping[str, tuple[Node, Node]],
    problems: Iterable[Problem],
) -> list[Problem]:
    """That the versions give other addresses to nodes of the snapshot's pods (A.42, A.43)."""
    told = {one.where for one in problems}
    with_pods = {one.node for one in workloads}
    return [
        _conflict(f"Node `{name}`", one, known, _ANY_CLUSTER)
        for name, (known, one) in sorted(moved.items())
        if name in with_pods and one.where not in told
    ]


def _namespaces(old: Cluster, new: Cluster, problems: list[Problem]) -> Iterator[Namespace]:
    """Each namespace once, as declared where one version declares it."""
    found: dict[str, Namespace] = {}
    for one in (*old.namespaces, *new.namespaces):
        known = found.get(one.name)
        if known is None or (one.declared and not known.declared):
            found[one.name] = one
        elif one.declared and known.declared and one.labels != known.labels:
            problems.append(_conflict(f"namespace `{one.name}`", one, known))
    return (found[name] for name in sorted(found))


def _relabelled(old: Cluster, new: Cluster) -> frozenset[str]:
    """The namespaces that both versions declare, with other labels."""
    before = {one.name: one.labels for one in old.namespaces if one.declared}
    return frozenset(
        one.name
        for one in new.namespaces
        if one.declared and before.get(one.name, one.labels) != one.labels
    )


Shared = TypeVar("Shared", bound=ServiceAccount | HostEndpoint)


def _shared(
    old: Sequence[Shared], new: Sequence[Shared], problems: list[Problem]
) -> tuple[Shared, ...]:
    """Each once, in order of the names."""
    found: dict[tuple[str, str], Shared] = {}
    for one in (*old, *new):
        known = found.setdefault((one.namespace, one.name), one)
        if replace(known, where=None) != replace(one, where=None):
            kind = type(one).__name__
            title = f"{one.namespace}/{one.name}" if one.namespace else one.name
            problems.append(_conflict(f"{kind} `{title}`", one, known))
    return tuple(found[key] for key in sorted(found))


def _workloads(
    old: Sequence[Workload],
    new: Sequence[Workload],
    moved: Container[str],
    problems: list[Problem],
) -> Iterator[Workload]:
    """Each workload once, marked where the versions state it differently.

    That it is on a node which has moved is no difference of its own.
    """
    found: dict[tuple[str, str, str], Workload] = {}
    for one in (*old, *new):
        key = (one.namespace, one.name, one.kind)
        known = found.setdefault(key, one)
        own, others = (replace(apart_from(each, moved), where=None) for each in (known, one))
        if own != others:
            found[key] = replace(known, disputed=True)
            problems.append(_conflict(f"{one.kind} `{one.namespace}/{one.name}`", one, known))
    return (found[key] for key in sorted(found))


_Stated = Namespace | Workload | ServiceAccount | HostEndpoint | Node


_ANY_CLUSTER = "compare in the world `any-cluster`, "


def _conflict(what: str, one: _Stated, other: _Stated, instead: str | None = None) -> Problem:
    # Nodes that a policy stands for count in every world, and so do host endpoints.
    in_every_world = isinstance(one, Node | HostEndpoint)
    open_world = instead or ("" if in_every_world else _ANY_CLUSTER)
    return Problem(
        one.where,
        f"{what} differs from the one at {other.where}; both sides are compared over one cluster",
        f"put what both sides share into `--context`, {open_world}or compare all that they "
        "connect: `--what connectivity`",
        code="sides-differ",
    )
