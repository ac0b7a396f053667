"""Which pods of the manifests can be in a group, as far as they themselves tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_network
from typing import assert_never

from netproof_encodings.vocabulary.classes import bears, number_of
from netproof_specs.claims import (
    AddressBlock,
    AnyOf,
    Anything,
    EndpointSet,
    External,
    HostsWhere,
    PodNamed,
    PodsWhere,
)
from netproof_specs.model.cluster import Workload
from netproof_specs.model.labels import LabelSelector, Operator, Requirement


def members_of(group: EndpointSet) -> Callable[[Workload], bool]:
    """False only of workloads whose pods are not in the group, whatever their namespaces' labels.

    It is one answer for all pods that nothing mentioned tells apart.
    """
    match group:
        case PodsWhere(_, _, LabelSelector() as selector):
            return lambda pod: is_selected(dict(pod.labels), selector)
        case PodNamed():
            return lambda pod: bears(pod, group)
        case AnyOf(members):
            parts = [members_of(one) for one in members]
            return lambda pod: any(part(pod) for part in parts)
        case External():
            return lambda _: False
        case AddressBlock(cidr):
            block = ip_network(cidr)
            first, last = int(block.network_address), int(block.broadcast_address)
            return lambda pod: any(
                family.value == block.version and first <= value <= last
                for family, value in map(number_of, pod.addresses)
            )
        case PodsWhere() | Anything() | HostsWhere():
            return lambda _: True
        case _:
            assert_never(group)


def is_selected(labels: Mapping[str, str], selector: LabelSelector) -> bool:
    """Whether the labels meet the selector (A.23)."""
    return all(_meets(labels, one) for one in selector.requirements)


def _meets(labels: Mapping[str, str], one: Requirement) -> bool:
    values = None if one.operator in (Operator.EXISTS, Operator.DOES_NOT_EXIST) else one.values
    return _carries(labels, one.key, values) is (one.operator in (Operator.IN, Operator.EXISTS))


def _carries(labels: Mapping[str, str], key: str, values: Sequence[str] | None) -> bool:
    return key in labels and (values is None or labels[key] in values)
