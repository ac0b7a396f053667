"""What policies and claims mention: label keys and values, namespaces, blocks, ports, pods.

Whether a selector matches depends on the mentioned keys and values alone, so a vocabulary fixes
the finite profile that stands for a pod (docs/worlds.md, "Small models").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from netproof_encodings.tiers import BlockMatch, Match, PodMatch, Tier
from netproof_specs.claims import (
    AddressBlock,
    AnyOf,
    Anything,
    EndpointSet,
    External,
    PodNamed,
    PodsWhere,
)
from netproof_specs.model.labels import NAME_LABEL, LabelSelector
from netproof_specs.model.traffic import PortName
from netproof_specs.syntax import namespace_fault


@dataclass(slots=True)
class _Collected:
    pod_labels: dict[str, set[str]] = field(default_factory=dict)
    namespace_labels: dict[str, set[str]] = field(default_factory=dict)
    namespaces: set[str] = field(default_factory=set)
    blocks: set[str] = field(default_factory=set)
    port_names: set[str] = field(default_factory=set)
    pods: set[PodNamed] = field(default_factory=set)


LabelValues = tuple[tuple[str, tuple[str, ...]], ...]
"""Mentioned keys in order, each with its mentioned values in order."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything mentioned, sorted. `namespaces` are names; `blocks` are in canonical form."""

    pod_labels: LabelValues
    namespace_labels: LabelValues
    namespaces: tuple[str, ...]
    blocks: tuple[str, ...]
    port_names: tuple[str, ...]
    pods: tuple[PodNamed, ...]


def vocabulary_of(
    tiers: Iterable[Tier], groups: Iterable[EndpointSet], namespaces: Iterable[str]
) -> Vocabulary:
    """What the tiers and groups mention, and the names of the cluster's namespaces."""
    found = _Collected(namespaces=set(namespaces))
    for tier in tiers:
        for policy in tier.policies:
            _collect_pods(found, policy.subject)
            for rule in policy.rules:
                _collect_match(found, rule.match)
    for group in groups:
        _collect_group(found, group)
    return Vocabulary(
        _sorted_values(found.pod_labels),
        _sorted_values(found.namespace_labels),
        tuple(sorted(found.namespaces)),
        tuple(sorted(found.blocks)),
        tuple(sorted(found.port_names)),
        tuple(sorted(found.pods, key=lambda pod: (pod.namespace, pod.name, pod.kind or ""))),
    )


def namespaces_named(pods: Iterable[PodMatch]) -> Iterator[str]:
    """The namespaces that the matches are in or name by the automatic label (A.25, A.52)."""
    for one in pods:
        if one.namespace is not None:
            yield one.namespace
        if one.namespaces is not None:
            yield from _names_in(one.namespaces)


def _sorted_values(labels: dict[str, set[str]]) -> LabelValues:
    return tuple((key, tuple(sorted(labels[key]))) for key in sorted(labels))


def _collect_match(found: _Collected, match: Match) -> None:
    for peer in match.peers or ():
        if isinstance(peer, PodMatch):
            _collect_pods(found, peer)
        else:
            _collect_block(found, peer)
    for port in match.ports or ():
        if isinstance(port.port, PortName):
            found.port_names.add(port.port.name)


def _collect_block(found: _Collected, peer: BlockMatch) -> None:
    found.blocks.add(peer.cidr)
    found.blocks.update(peer.excepts)


def _collect_pods(found: _Collected, pods: PodMatch) -> None:
    found.namespaces.update(namespaces_named((pods,)))
    if pods.namespaces is not None:
        _collect_selector(found.namespace_labels, pods.namespaces)
    if pods.pods is not None:
        _collect_selector(found.pod_labels, pods.pods)


def _names_in(selector: LabelSelector) -> Iterator[str]:
    for requirement in selector.requirements:
        if requirement.key == NAME_LABEL:
            yield from filter(can_be_namespace, requirement.values)


def can_be_namespace(name: str) -> bool:
    """Whether a namespace can have the name, which a label value need not be (B.8, A.25)."""
    return not namespace_fault(name)


def _collect_selector(labels: dict[str, set[str]], selector: LabelSelector) -> None:
    for requirement in selector.requirements:
        labels.setdefault(requirement.key, set()).update(requirement.values)


def _collect_group(found: _Collected, group: EndpointSet) -> None:
    match group:
        case PodsWhere(namespace, namespaces, pods):
            _collect_pods(found, PodMatch(namespace, namespaces, pods))
        case PodNamed():
            found.pods.add(group)
            found.namespaces.add(group.namespace)
        case AddressBlock(cidr):
            found.blocks.add(cidr)
        case AnyOf(members):
            for member in members:
                _collect_group(found, member)
        case External() | Anything():
            pass
