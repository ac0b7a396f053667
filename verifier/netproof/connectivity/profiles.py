"""What one side of a connection admits, for all other ends and ports at once (A.3 to A.5).

A profile is a partition of the other ends by the ports on which the side admits them. Classes
of pods that the same policies select share one profile.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from netproof.connectivity.partitions import Admission, Partition, joined
from netproof.connectivity.points import Bits, Points, bits_of, families_of, numbers_of
from netproof.connectivity.portsets import EVERYTHING, PortId, PortSets
from netproof.connectivity.selection import Selection
from netproof.oracle.network_policy import rules_of, types_of
from netproof.oracle.ports import protocol_of, resolve
from netproof_specs.model.network_policy import (
    BlockPeer,
    NetworkPolicy,
    PodPeer,
    PolicyPort,
    PolicyRule,
)
from netproof_specs.model.traffic import Direction, Family, PortName, PortRange, Protocol


@dataclass(frozen=True, slots=True)
class Profiles:
    """The profiles of one direction, and which of them each class of pods has."""

    profiles: tuple[Partition, ...]
    of_class: tuple[int, ...]


def profiles_of(
    policies: Sequence[NetworkPolicy], direction: Direction, selection: Selection, sets: PortSets
) -> Profiles:
    """The profile of each class of pods in one direction."""
    return _Builder(direction, selection, sets).build(policies)


class _Builder:
    """Builds the profiles of one direction; a class only to say what all steps share once."""

    def __init__(self, direction: Direction, selection: Selection, sets: PortSets) -> None:
        self._direction = direction
        self._selection = selection
        self._points = selection.points
        self._sets = sets
        self._members = _by_families(selection.points, sets)

    def build(self, policies: Sequence[NetworkPolicy]) -> Profiles:
        selecting = self._selecting(policies)
        rules = [self._rules(policy) for policy in policies]
        numbers: dict[object, int] = {}
        profiles: list[Partition] = []
        of_class: list[int] = []
        for at, chosen in enumerate(selecting):
            families = families_of(self._points.classes[at])
            key = (tuple(chosen), families, self._names(at, chosen, policies))
            if key not in numbers:
                numbers[key] = len(profiles)
                profiles.append(self._profile(at, [rules[one] for one in chosen]))
            of_class.append(numbers[key])
        return Profiles(tuple(profiles), tuple(of_class))

    def _selecting(self, policies: Sequence[NetworkPolicy]) -> list[list[int]]:
        """For each class the policies that isolate it (A.3)."""
        selecting: list[list[int]] = [[] for _ in self._points.classes]
        for number, policy in enumerate(policies):
            if self._direction in types_of(policy):
                for at in numbers_of(self._selection.subjects(policy)):
                    selecting[at].append(number)
        return selecting

    def _names(self, at: int, chosen: Sequence[int], policies: Sequence[NetworkPolicy]) -> object:
        """What tells apart two classes under the same policies: ports that ingress rules name."""
        if self._direction is Direction.EGRESS:
            return None
        named = any(_named(policies[one].ingress) for one in chosen)
        return frozenset(self._points.classes[at].pod.ports) if named else None

    def _profile(self, at: int, rules: Sequence[Sequence[_Rule]]) -> Partition:
        own = self._sets.within(families_of(self._points.classes[at]))
        if not rules:
            return self._partition(self._open(), own)
        return self._partition(
            (
                admission
                for listed in rules
                for rule in listed
                for admission in self._admit(rule, at)
            ),
            own,
        )

    def _open(self) -> Iterator[Admission]:
        yield self._points.all, EVERYTHING

    def _rules(self, policy: NetworkPolicy) -> list[_Rule]:
        """The rules of a policy in force in this direction, with their peers as points."""
        if self._direction not in types_of(policy):
            return []
        return [
            _Rule(self._peers(rule, policy.namespace), rule.ports, self._plain(rule.ports))
            for rule in rules_of(policy, self._direction)
        ]

    def _peers(self, rule: PolicyRule, namespace: str) -> list[Admission]:
        """The other ends that a rule matches, with the families in which it does (A.14, A.16)."""
        if not rule.peers:
            return list(self._open())
        found: list[Admission] = []
        for peer in rule.peers:
            match peer:
                case PodPeer():
                    found.append((self._selection.pod_peers(peer, namespace), EVERYTHING))
                case BlockPeer():
                    found.extend(self._block(peer))
                case _:
                    assert_never(peer)
        return found

    def _block(self, peer: BlockPeer) -> Iterator[Admission]:
        atoms = self._selection.atoms(peer)
        family = Family.IPV6 if ":" in peer.cidr else Family.IPV4
        yield self._points.outside_in(atoms), EVERYTHING
        yield self._selection.addressed(atoms), self._sets.within([family])

    def _plain(self, ports: Sequence[PolicyPort]) -> PortId:
        """The ports of a rule but for those that it names (A.14, A.31 to A.33)."""
        if not ports:
            return EVERYTHING
        ranges: dict[Protocol, list[tuple[int, int]]] = defaultdict(list)
        for element in ports:
            match element.port:
                case None:
                    ranges[protocol_of(element)].append((1, 65535))
                case PortRange(first, last):
                    ranges[protocol_of(element)].append((first, last))
                case PortName():
                    pass
                case _:
                    assert_never(element.port)
        return self._sets.of(ranges)

    def _admit(self, rule: _Rule, at: int) -> Iterator[Admission]:
        """What a rule admits to or from the class at `at`, its named ports resolved (A.35)."""
        for peers, families in rule.peers:
            if not peers:
                continue
            yield peers, self._sets.intersection(rule.plain, families)
            for ends, ports in self._resolved(rule.ports, at):
                yield peers & ends, self._sets.intersection(ports, families)

    def _resolved(self, ports: Sequence[PolicyPort], at: int) -> Iterator[Admission]:
        for element in ports:
            if not isinstance(element.port, PortName):
                continue
            name, protocol = element.port.name, protocol_of(element)
            match self._direction:
                case Direction.EGRESS:
                    for numbers, ends in self._selection.declaring(name, protocol).items():
                        yield ends, self._numbered(protocol, numbers)
                case Direction.INGRESS:
                    pod = self._points.classes[at].pod
                    declared = resolve(name, protocol, pod, self._points.assumptions)
                    yield self._points.all, self._numbered(protocol, declared)
                case _:
                    assert_never(self._direction)

    def _numbered(self, protocol: Protocol, numbers: Iterable[int]) -> PortId:
        return self._sets.of({protocol: [(number, number) for number in numbers]})

    def _partition(self, admissions: Iterable[Admission], own: PortId) -> Partition:
        """The ends by the ports on which they are admitted, in families that they use (A.27).

        `own` is every port in the families of the side's own pods.
        """
        families = [(members, self._sets.intersection(own, one)) for members, one in self._members]
        by_ports: dict[PortId, Bits] = defaultdict(int)
        for ends, ports in admissions:
            by_ports[ports] |= ends
        return joined(
            self._sets,
            (
                (ends & members, self._sets.intersection(ports, used))
                for ports, ends in by_ports.items()
                for members, used in families
                if ends & members
            ),
        )


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule with its peers as points and its ports, of which `plain` are those by number."""

    peers: list[Admission]
    ports: tuple[PolicyPort, ...]
    plain: PortId


def _named(rules: Iterable[PolicyRule]) -> bool:
    return any(isinstance(element.port, PortName) for rule in rules for element in rule.ports)


def _by_families(points: Points, sets: PortSets) -> list[Admission]:
    """The points with the families in which they can have connections (A.27)."""
    pods: dict[tuple[Family, ...], Bits] = defaultdict(int)
    for at, one in enumerate(points.classes):
        pods[families_of(one)] |= 1 << at
    found = [(pods[*Family], EVERYTHING)]
    for family in Family:
        atoms = bits_of(at for at, one in enumerate(points.atoms.families) if one is family)
        found.append((points.outside_in(atoms) | pods[family,], sets.within([family])))
    return found
