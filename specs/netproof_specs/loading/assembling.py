"""The cluster that the objects of all files make up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import get_args

from netproof_specs.decoding import shown
from netproof_specs.documents.json_text import resolve_in
from netproof_specs.documents.located import Manifest
from netproof_specs.frozen import Frozen, field
from netproof_specs.loading.calico_checks import calico_notes, calico_problems
from netproof_specs.loading.files import FileReading
from netproof_specs.loading.lending import lent_to_hosts, lent_to_policies, lent_to_workloads
from netproof_specs.loading.merging import Merge
from netproof_specs.loading.objects import ReadObject
from netproof_specs.loading.results import (
    UNKNOWN_KIND,
    Documents,
    KindCount,
    Loaded,
    LoadOptions,
)
from netproof_specs.model.accounts import ServiceAccount
from netproof_specs.model.calico import CalicoObject
from netproof_specs.model.cluster import Cluster, Namespace, Policy, Workload
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.nodes import Node
from netproof_specs.problem_order import in_order
from netproof_specs.problems import InputError, Problem
from netproof_specs.readers.admin_policy_checks import nodes_and_versions
from netproof_specs.readers.core import own_networks, with_implied
from netproof_specs.readers.interfaces import notes_on_interfaces
from netproof_specs.readers.ownership import one_for_each_pod
from netproof_specs.readers.pod_runners import with_template
from netproof_specs.readers.workloads import Borrowed, ReadWorkload

_OF_CALICO = (*get_args(CalicoObject), HostEndpoint)
"""A tuple, since to ask for a union of types would make it anew for each object."""


def assembled(merge: Merge, readings: Sequence[FileReading], options: LoadOptions) -> Loaded:
    """The load of the files; raises `InputError` with the problems of all of them, if any."""
    _lend_templates(merge)
    kept = list(merge.kept.values())
    of_calico = [one for one in kept if isinstance(one.item, _OF_CALICO)]
    merge.problems.extend(calico_problems([(one.item, one.manifest) for one in of_calico]))
    merge.problems.extend(nodes_and_versions([one.item for one in kept]))
    texts = {one.source.name: one.text for one in readings}
    if merge.problems:
        raise InputError(in_order(merge.problems, texts, merge.json_texts))
    unknown = tuple(_unknown_kinds(merge, readings))
    merge.notes.extend(map(_unknown_kind, unknown))
    parts = _parts(merge)
    merge.notes.extend(own_networks(parts.declared))
    alive = [(one.workload, one.networks) for one in parts.workloads if one.alive and one.networks]
    merge.notes.extend(notes_on_interfaces(alive))
    merge.notes.extend(calico_notes([policy for policy, _ in parts.policies], parts.hosts))
    dormant = _sorted(one.workload for one in parts.workloads if not one.alive)
    return Loaded(
        cluster=_cluster(parts),
        sources=tuple(one.source for one in readings),
        skipped=_skipped(readings),
        notes=in_order(merge.notes, texts, merge.json_texts),
        documents=Documents(
            tuple(one for _, one in parts.policies),
            merge.json_texts,
            {one.source.name: one.data for one in readings},
        ),
        options=options,
        dormant=lent_to_workloads(dormant, parts.accounts, parts.nodes),
        unknown_kinds=unknown,
        without=tuple(_left_out(readings)),
    )


def _skipped(readings: Sequence[FileReading]) -> tuple[tuple[str, int], ...]:
    counts = Counter[str]()
    for reading in readings:
        counts.update(reading.skipped.counts)
    return tuple(sorted(counts.items()))


def _left_out(readings: Sequence[FileReading]) -> Iterator[KindCount]:
    counts = Counter[tuple[str, str]]()
    for reading in readings:
        counts.update(reading.skipped.left_out)
    for (version, kind), count in sorted(counts.items()):
        yield KindCount(version, kind, count)


def _unknown_kinds(merge: Merge, readings: Sequence[FileReading]) -> Iterator[KindCount]:
    found: dict[tuple[str, str], list[Manifest]] = {}
    for reading in readings:
        for key, manifests in reading.skipped.unknown.items():
            found.setdefault(key, []).extend(manifests)
    for (version, kind), manifests in sorted(found.items()):
        where = resolve_in(manifests[0].locate(("kind",)), merge.json_texts)
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


def _lend_templates(merge: Merge) -> None:
    """Gives the workloads that refer to another one's pod template that template (A.9a)."""
    read = [
        (kept, kept.item) for kept in merge.kept.values() if isinstance(kept.item, ReadWorkload)
    ]
    borrowing = [(kept, one, one.borrowed) for kept, one in read if one.borrowed is not None]
    if not borrowing:
        return
    index = {(one.workload.kind, one.workload.namespace, one.workload.name): one for _, one in read}
    for kept, one, borrowed in borrowing:
        (kind, name), namespace = borrowed.owner, one.workload.namespace
        full = with_template(one, index.get((kind, namespace, name)))
        if full is None:
            merge.problems.append(_no_template(one, borrowed))
        else:
            merge.kept[kept.identity] = kept._replace(item=full)


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


class _Parts(Frozen):
    """The items of a load by their types, in the order of the input."""

    declared: list[Namespace] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    workloads: list[ReadWorkload] = field(default_factory=list)
    policies: list[tuple[Policy, ReadObject]] = field(default_factory=list)
    hosts: list[HostEndpoint] = field(default_factory=list)
    accounts: list[ServiceAccount] = field(default_factory=list)


def _parts(merge: Merge) -> _Parts:
    parts = _Parts()
    for kept in merge.kept.values():
        match kept.item:
            case ReadWorkload():
                parts.workloads.append(kept.item)
            case Namespace():
                parts.declared.append(kept.item)
            case Node():
                parts.nodes.append(kept.item)
            case HostEndpoint():
                parts.hosts.append(kept.item)
            case ServiceAccount():
                parts.accounts.append(kept.item)
            case _:  # An item of a type that has no case above and is no policy is a type error.
                parts.policies.append((kept.item, kept))
    parts.policies.sort(key=lambda pair: policy_order(pair[0]))
    parts.nodes.sort(key=lambda node: node.name)
    return parts


def _cluster(parts: _Parts) -> Cluster:
    running = _sorted(one_for_each_pod(parts.workloads))
    policies = [policy for policy, _ in parts.policies]
    homes = [one.namespace for one in policies if one.namespace]
    # Pods can be deployed where a workload stands that runs none at present (A.52).
    used = [*(one.workload.namespace for one in parts.workloads), *homes]
    namespaces = with_implied(parts.declared, used)
    nodes = tuple(parts.nodes)
    return Cluster(
        namespaces,
        lent_to_workloads(running, parts.accounts, nodes),
        lent_to_policies(policies, namespaces, nodes),
        lent_to_hosts(sorted(parts.hosts, key=lambda one: one.name), nodes),
        tuple(sorted(parts.accounts, key=lambda one: (one.namespace, one.name))),
        nodes,
    )


def _sorted(workloads: Iterable[Workload]) -> tuple[Workload, ...]:
    # One text compares quicker than three, and no name holds the character between them.
    return tuple(sorted(workloads, key=lambda one: f"{one.namespace}\0{one.name}\0{one.kind}"))


def policy_order(one: Policy) -> tuple[str, str, str, str]:
    """By what policies are sorted; no two of a load are alike in it, standing twice aside."""
    return one.namespace, one.name, one.title, type(one).__name__
