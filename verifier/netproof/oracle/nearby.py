"""The policies of a cluster by namespace: few of many can be for the ends of a connection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from netproof_specs.model.calico import CalicoNetworkPolicy
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, PodEndpoint
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.network_policy import NetworkPolicy


class Nearby:
    """All policies of a cluster; a class because they are dealt out to namespaces once."""

    def __init__(self, policies: Iterable[AnyPolicy]) -> None:
        self._every = tuple(policies)
        self._listed: dict[str | None, list[tuple[int, AnyPolicy]]] = {}
        known = False
        for placed in enumerate(self._every):
            one = placed[1]
            # By one of Calico's the cluster is Calico's (D.6), so that the first stays everywhere.
            pinned = isinstance(one, NetworkPolicy)
            if isinstance(one, CalicoNetworkPolicy):
                pinned, known = known, True
            self._listed.setdefault(one.namespace if pinned else None, []).append(placed)

    def to(self, connection: Connection) -> Sequence[AnyPolicy]:
        """The policies in order, with few NetworkPolicies of other namespaces than the ends'.

        What is decided of the connection is the same without them (A.3, D.13). Where an end may be
        a host endpoint, which can carry the label of any namespace, they are all policies.
        """
        ends = connection.source, connection.destination
        if not all(map(_is_in_its_namespace, ends)):
            return self._every
        homes = {one.namespace.name for one in ends if isinstance(one, PodEndpoint)}
        found = [placed for home in (*homes, None) for placed in self._listed.get(home, ())]
        return [policy for _, policy in sorted(found, key=lambda placed: placed[0])]


def _is_in_its_namespace(end: Endpoint) -> bool:
    """Whether policies know the end by the namespace that it is in, or it is in none."""
    match end:
        case PodEndpoint():
            return not end.host_network
        case ExternalEndpoint():
            return True
        case HostEndpoint():
            return False
        case _:
            assert_never(end)
