"""What tiers ask of a connection, held against one concrete connection.

`explain` walks through tiers with it and takes the decision from the oracle, so that each call
holds the one against the other. It shares nothing with the oracle.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import assert_never

from netproof_encodings.decision.conditions import (
    AccountText,
    All,
    Any,
    Assumed,
    Atom,
    Counted,
    End,
    Found,
    FromPorts,
    HasProtocol,
    InBlock,
    InNamespace,
    IsHost,
    IsOrdinaryPod,
    IsPod,
    Labelled,
    LabelText,
    Match,
    NamesPort,
    Not,
    OfFamily,
    OnPorts,
    RunsAs,
    Seen,
    Whose,
)
from netproof_encodings.decision.folding import Truth
from netproof_encodings.decision.tiers import Rule, TierPolicy
from netproof_encodings.vocabulary.mentioned import LONGEST_LABEL
from netproof_encodings.vocabulary.texts import passes
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.frozen import Frozen
from netproof_specs.model.connections import (
    DYNAMIC_PORT,
    Connection,
    Endpoint,
    ExternalEndpoint,
    PodEndpoint,
)
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.labels import Labels
from netproof_specs.model.traffic import Protocol


class Held(Truth, Frozen):
    """One connection under assumptions: an algebra of truth values for the fold.

    `hosts` are the host endpoints of the cluster, which pods on their nodes' networks pass.
    """

    connection: Connection
    assumptions: Assumptions
    hosts: tuple[HostEndpoint, ...] = ()

    def applies(self, policy: TierPolicy) -> bool:
        """Whether the policy selects its end of the connection."""
        return self.meets(policy.subject)

    def hits(self, policy: TierPolicy, rules: Sequence[Rule]) -> bool:
        """Whether the policy applies and some of the rules match."""
        return self.applies(policy) and any(self.meets(rule.match) for rule in rules)

    def meets(self, condition: Match) -> bool:
        """Whether the connection meets the condition."""
        match condition:
            case All(parts):
                return all(map(self.meets, parts))
            case Any(parts):
                return any(map(self.meets, parts))
            case Not(part):
                return not self.meets(part)
            case atom:
                return self._atom(atom)

    def end(self, end: End) -> Endpoint:
        """One of the two ends."""
        return self.connection.source if end is End.SOURCE else self.connection.destination

    def pod(self, end: End) -> PodEndpoint | None:
        """The end, iff it is a pod that policies can select (A.45)."""
        found = self.end(end)
        if not isinstance(found, PodEndpoint):
            return None
        node = found.host_network and Assumption.HOST_NETWORK not in self.assumptions
        return None if node else found

    def addresses(self, end: End, pods: Seen) -> tuple[str, ...]:
        """The addresses of the connection's family that blocks are held against (A.29, A.45)."""
        found = self.end(end)
        if isinstance(found, ExternalEndpoint):
            known: tuple[str, ...] = (found.address,)
        elif self._looked_at(end, pods):
            known = found.addresses
        else:
            known = ()
        family = self.connection.family.value
        return tuple(one for one in known if ip_address(one).version == family)

    def _looked_at(self, end: End, pods: Seen) -> bool:
        assumed = Assumption.IPBLOCK_MATCHES_PODS in self.assumptions
        return pods is Seen.ALWAYS or assumed or self.pod(end) is None

    def _atom(self, atom: Atom) -> bool:
        match atom:
            case IsPod() | IsOrdinaryPod() | IsHost():
                return self._is_kind(atom)
            case InNamespace(end, name):
                pod = self.pod(end)
                return pod is not None and pod.namespace.name == name
            case Labelled() | LabelText():
                return self._carries(atom)
            case RunsAs(end) | AccountText(end):
                pod = self.pod(end)
                return pod is not None and _is_named(pod.service_account, atom)
            case InBlock(end, cidr, pods):
                block = ip_network(cidr)
                return any(ip_address(one) in block for one in self.addresses(end, pods))
            case HasProtocol(protocol):
                return self.connection.protocol is protocol
            case OnPorts(ports):
                return ports.first <= self.connection.port <= ports.last
            case FromPorts(ports):
                return ports.first <= self.source_port() <= ports.last
            case NamesPort(end=end):
                return self.port(end) in self.numbers(atom, self.connection.protocol)
            case OfFamily(family):
                return self.connection.family is family
            case Assumed(assumption):
                return assumption in self.assumptions
            case _:
                assert_never(atom)

    def source_port(self) -> int:
        """The port that the connection comes from; the usual one where it does not say (D.19)."""
        known = self.connection.source_port
        return DYNAMIC_PORT if known is None else known

    def port(self, end: End) -> int:
        """The port that the connection has at the end."""
        return self.source_port() if end is End.SOURCE else self.connection.port

    def _carries(self, atom: Labelled | LabelText) -> bool:
        value = self.label(atom)
        if value is None:
            return False
        if isinstance(atom, LabelText):
            return passes(value, atom.test, atom.text)
        return atom.values is None or value in atom.values

    def _is_kind(self, atom: IsPod | IsOrdinaryPod | IsHost) -> bool:
        """Whether the end is a pod of that kind, or such a host endpoint."""
        match atom:
            case IsPod(end):
                return self.pod(end) is not None
            case IsOrdinaryPod(end):
                other = self.end(end)
                return isinstance(other, PodEndpoint) and not other.host_network
            case IsHost(end, names, found):
                return self._is_host(end, names, found)
            case _:
                assert_never(atom)

    def _is_host(self, end: End, names: tuple[str, ...], found: Found) -> bool:
        """Whether the end is one of the host endpoints, by an address it expects if asked."""
        host = self.host(end)
        if host is None or host.name not in names:
            return False
        return found is Found.AS_SUBJECT or bool(self.host_addresses(end))

    def host(self, end: End) -> HostEndpoint | None:
        """The host endpoint that the end is, or passes as a pod on its node's network (D.1)."""
        found = self.end(end)
        if isinstance(found, HostEndpoint):
            return found
        if not isinstance(found, PodEndpoint) or self.pod(end) is not None:
            return None
        there = [one for one in self.hosts if one.node == found.node]
        expecting = (one for one in there if not set(one.addresses).isdisjoint(found.addresses))
        whole = (one for one in there if one.interface == "*")
        return next(expecting, None) or next(whole, None)

    def host_addresses(self, end: End) -> tuple[str, ...]:
        """The addresses by which peers find a host endpoint: those that it expects (D.35)."""
        host = self.host(end)
        if host is None or host.supplied:
            return ()
        return tuple(one for one in self.addresses(end, Seen.ALWAYS) if one in host.addresses)

    def label(self, atom: Labelled | LabelText) -> str | None:
        """The value of the label that is asked for, None where there is none."""
        pod = self.pod(atom.end)
        if pod is None:
            return None
        return dict(labels_of(pod, atom.whose)).get(atom.key)

    def numbers(self, atom: NamesPort, protocol: Protocol) -> tuple[int, ...]:
        """What the end declares under a port's name and a protocol (A.35, D.6, D.20)."""
        pod = self.pod(atom.end)
        found = () if pod is None else pod.ports
        if pod is not None and atom.counted is Counted.EVERY:
            found = (*found, *pod.init_ports)
        named = (p for p in found if (p.name, p.protocol) == (atom.name, protocol))
        return tuple(sorted({p.port for p in named}))


def _is_named(account: str, atom: RunsAs | AccountText) -> bool:
    """Whether the name of a service account is as asked for (D.15, D.31)."""
    match atom:
        case AccountText(_, test, text):
            return passes(account, test, text)
        case RunsAs(_, None):
            return len(account) <= LONGEST_LABEL
        case RunsAs(_, names):
            return account in (names or ())
        case _:
            assert_never(atom)


def labels_of(pod: PodEndpoint, whose: Whose) -> Labels:
    """The labels that a condition on the pod may ask for; long names of accounts have none."""
    match whose:
        case Whose.POD:
            return pod.labels
        case Whose.NAMESPACE:
            return pod.namespace.labels
        case Whose.ACCOUNT:
            return pod.account_labels if len(pod.service_account) <= LONGEST_LABEL else ()
        case Whose.HOST:
            return ()
        case _:
            assert_never(whose)
