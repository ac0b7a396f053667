"""What Calico's selectors see of an endpoint: its labels, and the sets that hold its address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from netproof.oracle.addresses import family_of, in_block
from netproof.oracle.calico_selectors import ACCOUNT, NAMESPACE
from netproof.oracle.endpoints import policed_pod
from netproof_specs.assumptions import Assumptions
from netproof_specs.model.calico import NetworkSet, Profile
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.connections import Endpoint, ExternalEndpoint, PodEndpoint
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.labels import Labels
from netproof_specs.model.traffic import Family

NAMESPACE_PREFIX = "pcns."
ACCOUNT_PREFIX = "pcsa."
_NAME = "projectcalico.org/name"
_LONGEST_ACCOUNT = 63

LabelMap = Mapping[str, str]


def policed(
    endpoint: Endpoint, policies: Sequence[AnyPolicy], assumptions: Assumptions
) -> PodEndpoint | HostEndpoint | None:
    """What Calico's policies select at the end: a pod, or a host endpoint (D.1, A.45).

    A pod on its node's network is part of its host: what it sends and gets passes the host
    endpoint of the node, if there is one.
    """
    match endpoint:
        case HostEndpoint():
            return endpoint
        case PodEndpoint():
            return policed_pod(endpoint, assumptions) or host_of(endpoint, policies)
        case ExternalEndpoint():
            return None
        case _:
            assert_never(endpoint)


def host_of(pod: PodEndpoint, policies: Sequence[AnyPolicy]) -> HostEndpoint | None:
    """The host endpoint that a pod on its node's network passes; `None` for a bare node (D.35).

    One that expects an address of the pod comes before one of the whole host. Of an interface
    without addresses it is not known whether the pod uses it.
    """
    hosts = [one for one in policies if isinstance(one, HostEndpoint) and one.node == pod.node]
    expecting = (one for one in hosts if not set(one.addresses).isdisjoint(pod.addresses))
    whole = (one for one in hosts if one.interface == "*")
    return next(expecting, None) or next(whole, None)


def policed_labels(
    endpoint: Endpoint, policies: Sequence[AnyPolicy], assumptions: Assumptions
) -> LabelMap | None:
    """The labels of what policies select at the end; `None` iff they select nothing there."""
    found = policed(endpoint, policies, assumptions)
    return None if found is None else labels_of(found, policies)


def labels_of(endpoint: PodEndpoint | HostEndpoint, policies: Sequence[AnyPolicy]) -> LabelMap:
    """The labels by which selectors know the endpoint (D.15)."""
    if isinstance(endpoint, HostEndpoint):
        return host_labels(endpoint, policies)
    return pod_labels(endpoint)


def pod_labels(pod: PodEndpoint) -> LabelMap:
    """The pod's own labels, those of its namespace and account, and what Calico adds (D.15).

    Own labels with the prefixes of inherited ones are dropped. Nothing is inherited from an
    account whose name is too long for a label.
    """
    own = {
        key: value
        for key, value in pod.labels
        if not key.startswith((NAMESPACE_PREFIX, ACCOUNT_PREFIX))
    }
    account: Mapping[str, str] = {}
    if len(pod.service_account) <= _LONGEST_ACCOUNT:
        account = prefixed(ACCOUNT_PREFIX, pod.service_account, pod.account_labels)
    return {
        **prefixed(NAMESPACE_PREFIX, pod.namespace.name, pod.namespace.labels),
        **account,
        **own,
        NAMESPACE: pod.namespace.name,
        ACCOUNT: pod.service_account,
        "projectcalico.org/orchestrator": "k8s",
    }


def prefixed(prefix: str, name: str, labels: Labels) -> LabelMap:
    """The labels as endpoints inherit them, the name among them (D.15)."""
    inherited = {f"{prefix}{key}": value for key, value in labels}
    return {**inherited, f"{prefix}{_NAME}": name}


def host_labels(host: HostEndpoint, policies: Sequence[AnyPolicy]) -> LabelMap:
    """Its own labels, then those that its profiles apply, the first one listed first (D.15)."""
    found: dict[str, str] = {}
    for profile in reversed(profiles_of(host, policies)):
        if profile is not None:
            found |= dict(profile.labels)
    return found | dict(host.labels)


def profiles_of(host: HostEndpoint, policies: Sequence[AnyPolicy]) -> tuple[Profile | None, ...]:
    """The profiles that it lists, in that order; `None` for one that does not exist (D.8)."""
    known = {one.name: one for one in policies if isinstance(one, Profile)}
    return tuple(known.get(name) for name in host.profiles)


def set_labels(network_set: NetworkSet) -> LabelMap:
    """A set's labels, with its namespace and the labels of that, if it has one (D.34)."""
    if not network_set.namespace:
        return dict(network_set.labels)
    inherited = prefixed(NAMESPACE_PREFIX, network_set.namespace, network_set.namespace_labels)
    return {**inherited, **dict(network_set.labels), NAMESPACE: network_set.namespace}


def seen(endpoint: Endpoint, family: Family) -> tuple[str, ...]:
    """The endpoint's known addresses of the family; blocks match pods by theirs (D.21)."""
    known = (endpoint.address,) if isinstance(endpoint, ExternalEndpoint) else endpoint.addresses
    return tuple(address for address in known if family_of(address) is family)


def in_some(nets: Sequence[str], endpoint: Endpoint, family: Family) -> bool:
    """True iff some address of the endpoint, of the family, is in some block (D.21)."""
    return any(in_block(address, net) for address in seen(endpoint, family) for net in nets)


def own_labels(
    endpoint: Endpoint,
    family: Family,
    policies: Sequence[AnyPolicy],
    assumptions: Assumptions,
) -> LabelMap | None:
    """The labels of the endpoint itself where selectors find it as a peer; else `None`."""
    found = found_as_peer(endpoint, family, policies, assumptions)
    return None if found is None else labels_of(found, policies)


def found_as_peer(
    endpoint: Endpoint,
    family: Family,
    policies: Sequence[AnyPolicy],
    assumptions: Assumptions,
) -> PodEndpoint | HostEndpoint | None:
    """What selectors find at the end: a pod, or a host endpoint by its expected addresses (D.35).

    An address that an assumption supplies is none that a host endpoint expects.
    """
    found = policed(endpoint, policies, assumptions)
    if not isinstance(found, HostEndpoint):
        return found
    expected = () if found.supplied else found.addresses
    return found if not set(expected).isdisjoint(seen(endpoint, family)) else None


def objects_of(
    endpoint: Endpoint,
    family: Family,
    policies: Sequence[AnyPolicy],
    assumptions: Assumptions,
) -> Iterator[LabelMap]:
    """The labels of whatever has the endpoint's address: itself, and network sets (D.22)."""
    own = own_labels(endpoint, family, policies, assumptions)
    if own is not None:
        yield own
    # Of many policies there are few types, and a set is seldom among them.
    for one in policies if NetworkSet in {*map(type, policies)} else ():
        if isinstance(one, NetworkSet) and in_some(one.nets, endpoint, family):
            yield set_labels(one)
