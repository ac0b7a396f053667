"""Which pods of the manifests can be in a group, as far as they themselves tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import ip_network
from typing import assert_never

from netproof_encodings.vocabulary.classes import bears, number_of
from netproof_specs import claims
from netproof_specs.model.cluster import Workload
from netproof_specs.model.labels import LabelSelector, Operator, Requirement
from netproof_specs.model.traffic import Family


def members_of(group: claims.EndpointSet) -> Callable[[Workload], bool]:
    """False only of workloads whose pods are not in the group, whatever their namespaces' labels.

    It is one answer for all pods that nothing mentioned tells apart.
    """
    match group:
        case claims.PodsWhere(_, _, LabelSelector() as selector):
            return lambda pod: is_selected(dict(pod.labels), selector)
        case claims.PodNamed():
            return lambda pod: bears(pod, group)
        case claims.AnyOf(members):
            parts = [members_of(one) for one in members]
            return lambda pod: any(part(pod) for part in parts)
        case claims.External():
            return lambda _: False
        case claims.AddressBlock(cidr):
            block = ip_network(cidr)
            first, last = int(block.network_address), int(block.broadcast_address)
            colon = block.version == Family.IPV6.value
            return lambda pod: any(
                first <= number_of(one)[1] <= last for one in pod.addresses if (":" in one) is colon
            )
        case claims.PodsWhere() | claims.Anything() | claims.HostsWhere() | claims.HostNamed():
            return lambda _: True
        case _:
            assert_never(group)


def is_selected(labels: Mapping[str, str], selector: LabelSelector) -> bool:
    """Whether the labels meet the selector (A.23)."""
    for one in selector.requirements:  # noqa: SIM110 (asked of every pod: twice as quick)
        if not _meets(labels.get(one.key), one):
            return False
    return True


def _meets(value: str | None, one: Requirement) -> bool:
    """Whether what a pod has under the requirement's key meets it; None is nothing."""
    match one.operator:
        case Operator.IN:
            return value in one.values
        case Operator.NOT_IN:
            return value not in one.values
        case Operator.EXISTS:
            return value is not None
        case Operator.DOES_NOT_EXIST:
            return value is None
        case _:
            assert_never(one.operator)
