"""Selectors, blocks and port names as sets of points; the set-wise twin of the oracle's files."""

from __future__ import annotations

from typing import assert_never

from netproof.connectivity.points import Bits, Points, bits_of
from netproof.oracle.labels import matches
from netproof.oracle.ports import resolve
from netproof_specs.assumptions import Assumption
from netproof_specs.model.labels import LabelSelector, Operator, Requirement
from netproof_specs.model.network_policy import BlockPeer, NetworkPolicy, PodPeer
from netproof_specs.model.traffic import Protocol

_SelectorKey = tuple[tuple[str, Operator, tuple[str, ...]], ...]


class Selection:
    """Selects among the points of one cluster.

    A class because it remembers: a selector is worked out once, and many policies share it.
    """

    def __init__(self, points: Points) -> None:
        self.points = points
        self.selectable = points.where(lambda one: not one.node)
        self._labelled: dict[tuple[str, str], Bits] = {}
        self._keyed: dict[str, Bits] = {}
        self._spaces: dict[str, Bits] = {}
        self._pods: dict[_SelectorKey, Bits] = {}
        self._namespaces: dict[_SelectorKey, Bits] = {}
        self._declaring: dict[tuple[str, Protocol], dict[tuple[int, ...], Bits]] = {}
        self._index_labels()
        self._addressed: dict[Bits, Bits] = {}
        self._unaddressed: Bits = 0
        self._index_addresses()

    def _index_labels(self) -> None:
        labelled: dict[tuple[str, str], list[int]] = {}
        spaces: dict[str, list[int]] = {}
        for at, one in enumerate(self.points.classes):
            spaces.setdefault(one.pod.namespace.name, []).append(at)
            for pair in one.pod.labels:
                labelled.setdefault(pair, []).append(at)
        for pair, members in labelled.items():
            self._labelled[pair] = bits_of(members)
            self._keyed[pair[0]] = self._keyed.get(pair[0], 0) | self._labelled[pair]
        self._spaces = {name: bits_of(members) for name, members in spaces.items()}

    def _index_addresses(self) -> None:
        """The classes that ipBlocks can match, by their atoms, or of any address (A.29, A.45)."""
        assumptions = self.points.assumptions
        as_pods = Assumption.IPBLOCK_MATCHES_PODS in assumptions
        for at, one in enumerate(self.points.classes):
            if not (one.node or as_pods):
                continue
            if one.atoms:
                self._addressed[one.atoms] = self._addressed.get(one.atoms, 0) | 1 << at
            elif Assumption.UNKNOWN_POD_ADDRESSES in assumptions:
                self._unaddressed |= 1 << at

    def subjects(self, policy: NetworkPolicy) -> Bits:
        """The classes that the policy's subject includes (A.1, A.2, A.45)."""
        inside = self._spaces.get(policy.namespace, 0) & self.selectable
        return inside & self.labelled(policy.subject) if inside else 0

    def pod_peers(self, peer: PodPeer, namespace: str) -> Bits:
        """The classes that a peer of a policy in the namespace matches (A.17, A.18, A.45)."""
        if peer.namespaces is None:
            inside = self._spaces.get(namespace, 0)
        else:
            inside = self.namespaces(peer.namespaces)
        if peer.pods is not None and inside:
            inside &= self.labelled(peer.pods)
        return inside & self.selectable

    def namespaces(self, selector: LabelSelector) -> Bits:
        """The classes in the namespaces that a selector matches (A.17, A.25)."""
        key = _key_of(selector)
        if key not in self._namespaces:
            found = 0
            for namespace in self.points.cluster.namespaces:
                if matches(selector, namespace.labels):
                    found |= self._spaces.get(namespace.name, 0)
            self._namespaces[key] = found
        return self._namespaces[key]

    def labelled(self, selector: LabelSelector) -> Bits:
        """The classes whose labels a selector matches, nodes among them (A.23)."""
        key = _key_of(selector)
        found = self._pods.get(key)
        if found is None:
            found = self.points.pods
            for requirement in selector.requirements:
                found &= self._meeting(requirement)
            self._pods[key] = found
        return found

    def _meeting(self, requirement: Requirement) -> Bits:
        key = requirement.key
        listed = 0
        for value in requirement.values:
            listed |= self._labelled.get((key, value), 0)
        match requirement.operator:
            case Operator.IN:
                return listed
            case Operator.NOT_IN:
                return self.points.pods & ~listed
            case Operator.EXISTS:
                return self._keyed.get(key, 0)
            case Operator.DOES_NOT_EXIST:
                return self.points.pods & ~self._keyed.get(key, 0)
            case _:
                assert_never(requirement.operator)

    def atoms(self, peer: BlockPeer) -> Bits:
        """The atoms of a block without its exceptions (A.26)."""
        blocks = self.points.atoms.blocks
        found = blocks[peer.cidr]
        for except_ in peer.excepts:
            found &= ~blocks[except_]
        return found

    def addressed(self, atoms: Bits) -> Bits:
        """The classes that a block of these atoms matches by a pod's address (A.29, A.45)."""
        found = self._unaddressed if atoms else 0
        for held, members in self._addressed.items():
            if held & atoms:
                found |= members
        return found

    def declaring(self, name: str, protocol: Protocol) -> dict[tuple[int, ...], Bits]:
        """The classes by the numbers that they declare under a port's name (A.35, A.36)."""
        key = (name, protocol)
        found = self._declaring.get(key)
        if found is None:
            found = self._declaring[key] = {}
            for at, one in enumerate(self.points.classes):
                ports = tuple(sorted(resolve(name, protocol, one.pod, self.points.assumptions)))
                if ports:
                    found[ports] = found.get(ports, 0) | 1 << at
        return found


def _key_of(selector: LabelSelector) -> _SelectorKey:
    """Equal for selectors that say the same, wherever they stand."""
    return tuple((one.key, one.operator, one.values) for one in selector.requirements)
