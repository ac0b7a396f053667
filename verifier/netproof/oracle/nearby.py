"""The policies of a cluster by namespace: few of many can be for the ends of a connection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.connections import Connection, PodEndpoint
from netproof_specs.model.network_policy import NetworkPolicy


class Nearby:
    """All policies of a cluster; a class because they are dealt out to namespaces once."""

    def __init__(self, policies: Iterable[AnyPolicy]) -> None:
        self._listed: dict[str | None, list[tuple[int, AnyPolicy]]] = {}
        for placed in enumerate(policies):
            one = placed[1]
            home = one.namespace if isinstance(one, NetworkPolicy) else None
            self._listed.setdefault(home, []).append(placed)

    def to(self, connection: Connection) -> Sequence[AnyPolicy]:
        """The policies in order, without NetworkPolicies of other namespaces than the ends'.

        What is decided of the connection is the same without them (A.3).
        """
        ends = connection.source, connection.destination
        homes = {one.namespace.name for one in ends if isinstance(one, PodEndpoint)}
        found = [placed for home in (*homes, None) for placed in self._listed.get(home, ())]
        return [policy for _, policy in sorted(found, key=lambda placed: placed[0])]
