"""How a claim is read: its quantified expansion in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import assert_never

from netproof.oracle.claims import member
from netproof_encodings.decision.conditions import NEVER
from netproof_encodings.meaning.claims import groups_of
from netproof_encodings.vocabulary.classes import BlockIndex, Known, bears
from netproof_encodings.vocabulary.hosts import OtherHosts
from netproof_encodings.vocabulary.mentioned import vocabulary_of
from netproof_specs import claims
from netproof_specs.model.cluster import Cluster, Workload
from netproof_specs.model.connections import PodEndpoint, pod_of
from netproof_specs.worlds import World


def reading_of(claim: claims.ConnectionClaim, world: World, census: Census) -> str:
    """The claim as a quantified sentence, with the number of pods in each group."""
    return f"{sentence_of(claim)}; {_range_of(claim, world, census)}"


def _range_of(claim: claims.ConnectionClaim, world: World, census: Census) -> str:
    match world:
        case World.SNAPSHOT:
            groups = dict.fromkeys(groups_of(claim))
            counts = (_count(census, group) for group in groups)
            return ", ".join(text for text in counts if text) or "for the pods of the input"
        case World.ANY_PODS:
            pods = "for any pods, with any labels, in the namespaces of the input"
            return f"{pods}, and for its host endpoints" if census.has_hosts else pods
        case World.ANY_CLUSTER:
            pods = "for any pods in any namespaces, with any labels"
            return f"{pods}, and for {others_text(census.others)}" if census.others else pods
        case _:
            assert_never(world)


def others_text(others: OtherHosts) -> str:
    """Which host endpoints there are in any cluster, and what is not asked of those."""
    conditions = [" that carry no label which Calico gives pods"]
    if any(one != NEVER for one in others.barred.values()):
        conditions.append(" that no policy with `doNotTrack` or `preDNAT` selects")
    if others.longest is not None:
        conditions.append(f" that list at most {others.longest} profiles")
    text = f"any host endpoints{' and'.join(conditions)}"
    if others.passed is None:
        text += ", of which only those of the input decide on what they let through"
    return text


def _count(census: Census, group: claims.Group) -> str:
    """How many pods and host endpoints the group has; nothing of one that need not have any."""
    hosts = census.hosts(group.endpoints)
    told = f"{hosts} host {'endpoint' if hosts == 1 else 'endpoints'}"
    if isinstance(group.endpoints, claims.HostsWhere | claims.HostNamed):
        return f"{told} in {group.text}"
    number = census.count(group.endpoints)
    if not (number or hosts) and isinstance(group.endpoints, claims.External | claims.AddressBlock):
        return ""
    pods = f"{number} {'pod' if number == 1 else 'pods'}"
    return f"{pods} and {told} in {group.text}" if hosts else f"{pods} in {group.text}"


class Census:
    """The pods of a cluster, to be counted; a class because counts are kept.

    `pods` are the cluster's workloads by namespace, `known` their addresses. `others` are the host
    endpoints that there are in any cluster, beside those of the input.
    """

    def __init__(
        self,
        cluster: Cluster,
        pods: Mapping[str, Sequence[Workload]],
        known: Known,
        others: OtherHosts | None,
    ) -> None:
        self.others = others
        self._namespaces = {one.name: one for one in cluster.namespaces}
        self._hosts = cluster.hosts
        self._pods = pods
        self._known = known
        self._labelled: dict[str, list[tuple[PodEndpoint, int]]] = {}
        self._counted: dict[claims.EndpointSet, int] = {}

    @property
    def has_hosts(self) -> bool:
        """Whether there are host endpoints."""
        return bool(self._hosts)

    def hosts(self, endpoints: claims.EndpointSet) -> int:
        """How many host endpoints belong to the group."""
        return sum(member(one, endpoints) for one in self._hosts)

    def count(self, endpoints: claims.EndpointSet) -> int:
        """How many pods belong to the group."""
        if endpoints not in self._counted:
            pods = self._looked_at(endpoints)
            self._counted[endpoints] = sum(number for pod, number in pods if member(pod, endpoints))
        return self._counted[endpoints]

    def _looked_at(self, endpoints: claims.EndpointSet) -> Iterator[tuple[PodEndpoint, int]]:
        """Pods with the number of those that the group cannot tell from them."""
        mentioned = vocabulary_of((), (endpoints,), ())
        match endpoints:
            case claims.PodsWhere(str() as namespace) | claims.PodNamed(namespace):
                namespaces = [namespace]
            case claims.External():
                namespaces = []
            case claims.AddressBlock(cidr):
                namespaces = sorted(self._known.owners(cidr))
            case _:
                namespaces = list(self._pods)
        if not mentioned.blocks and not mentioned.pods:
            yield from chain.from_iterable(map(self._by_labels, namespaces))
            return
        index = BlockIndex(mentioned.blocks)
        for namespace in namespaces:
            names = [one for one in mentioned.pods if one.namespace == namespace]
            yield from self._alike(namespace, partial(_seen, index, names))

    def _by_labels(self, namespace: str) -> list[tuple[PodEndpoint, int]]:
        if namespace not in self._labelled:
            self._labelled[namespace] = self._alike(namespace, lambda _: ())
        return self._labelled[namespace]

    def _alike(
        self, namespace: str, seen: Callable[[Workload], Hashable]
    ) -> list[tuple[PodEndpoint, int]]:
        """A pod for each set of labels, account and what else is seen of it, with their number."""
        alike: dict[Hashable, list[Workload]] = {}
        for one in self._pods.get(namespace, ()):
            alike.setdefault((one.labels, one.service_account, seen(one)), []).append(one)
        return [
            (self._pod(those[0]), sum(one.replicas for one in those)) for those in alike.values()
        ]

    def _pod(self, workload: Workload) -> PodEndpoint:
        return pod_of(workload, self._namespaces[workload.namespace], 1)


def _seen(index: BlockIndex, names: Sequence[claims.PodNamed], workload: Workload) -> Hashable:
    """What the blocks and names of a group see of the workload."""
    return index.signature(workload.addresses), tuple(bears(workload, name) for name in names)


def sentence_of(claim: claims.ConnectionClaim) -> str:
    match claim:
        case claims.CannotReach(source, destination, ports):
            return f"no connection from {source.text} to {_on(destination, ports)} is allowed"
        case claims.CanReach(source, destination, ports):
            return f"every connection from {source.text} to {_on(destination, ports)} is allowed"
        case claims.MayReach(source, destination, ports):
            return (
                f"at least one connection from {source.text} to {_on(destination, ports)} "
                "is allowed"
            )
        case claims.CanReachOnly(source, destinations, within):
            scope = f" to {within.text}" if within is not None else ""
            sides = " or to ".join(_side(one) for one in destinations)
            return f"every allowed connection from {source.text}{scope} goes to {sides}"
        case claims.OnlyCanReach(sources, destination, ports):
            names = " or ".join(one.text for one in sources)
            return f"every allowed connection to {_on(destination, ports)} comes from {names}"
        case claims.IsolatedFrom(left, right):
            return (
                f"no connection from {left.text} to {right.text}, nor from {right.text} "
                f"to {left.text}, is allowed"
            )
        case claims.DeniedByDefault(group):
            return (
                f"every connection from or to a pod in {group.text} is decided by some policy "
                "at that pod"
            )
        case _:
            assert_never(claim)


def _side(side: claims.GroupOnPorts) -> str:
    return _on(side.group, side.ports)


def _on(group: claims.Group, ports: claims.Ports) -> str:
    return f"{group.text} on {ports_text(ports)}"


def ports_text(ports: claims.Ports) -> str:
    """Ports as a sentence has them: `TCP 80 or UDP 53`, `any port`."""
    if not ports:
        return "any port"
    return " or ".join(f"{one.protocol.value} {_range(one.first, one.last)}" for one in ports)


def _range(first: int, last: int) -> str:
    if (first, last) == (1, 65535):
        return "on any port"
    return str(first) if first == last else f"{first} to {last}"
