"""NetworkPolicies from typed objects, as `readers.network_policy` reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET

from netproof_specs.documents.yaml_scalars import Timestamp
from netproof_specs.model.labels import LabelSelector, Operator, Requirement
from netproof_specs.model.network_policy import (
    BlockPeer,
    NetworkPolicy,
    Peer,
    PodPeer,
    PolicyPort,
    PolicyRule,
)
from netproof_specs.model.traffic import Direction, PortName, PortRange, Protocol
from netproof_specs.readers.workloads import Known
from netproof_specs.syntax import (
    Network,
    label_key_fault,
    label_value_fault,
    name_fault,
    parse_block,
    port_name_fault,
)
from netproof_specs.typed import network_policy_forms as forms
from netproof_specs.typed.parts import NAME, NotPlainError, Path, Places, check_namespace, labels_of

_OPERATORS = {one.value: one for one in Operator}
_DIRECTIONS = {one.value: one for one in Direction}
_PROTOCOLS = {one.value: one for one in Protocol}
_NO_SPEC = forms.PolicySpec()
_TIMES = (str, Timestamp, type(None), type(UNSET))


def read_policy(
    one: forms.NetworkPolicy, known: Known, base: Path, places: Places
) -> NetworkPolicy:
    """The policy; raises NotPlainError for one to be read by `read_network_policy`."""
    metadata, spec = one.metadata, one.spec or _NO_SPEC
    home, types = metadata.namespace, spec.policy_types or ()
    if name_fault(metadata.name) or len(types) > 2:
        raise NotPlainError
    if home not in known.namespaces:
        check_namespace(home, known)
    _check_metadata(metadata, known)
    parts = _Parts(known, places)
    path = (*base, "spec")
    subject = spec.pod_selector
    return NetworkPolicy(
        home,  # type: ignore[arg-type]
        metadata.name,
        parts.selector(subject, (*path, "podSelector"))
        if subject
        else LabelSelector((), places.value(path)),
        tuple([_DIRECTIONS[name] for name in types]),
        parts.rules(spec.ingress, (*path, "ingress"), "from") if spec.ingress else (),
        parts.rules(spec.egress, (*path, "egress"), "to") if spec.egress else (),
        places.value(base + NAME),
    )


def _check_metadata(metadata: forms.PolicyMetadata, known: Known) -> None:
    """Raises NotPlainError for what `check_metadata` refuses, types aside."""
    if metadata.labels:
        labels_of(metadata.labels, known)
    for name in metadata.annotations or ():
        if name not in known.annotations:
            if label_key_fault(name.lower()):
                raise NotPlainError
            known.annotations.add(name)
    times = metadata.creation_timestamp, metadata.deletion_timestamp
    if not isinstance(times[0], _TIMES) or not isinstance(times[1], _TIMES):
        raise NotPlainError


class _Parts:
    """Reads the parts of a spec; a class because each needs what is known and the places."""

    __slots__ = ("key", "known", "value")

    def __init__(self, known: Known, places: Places) -> None:
        self.known = known
        self.value = places.value
        self.key = places.key

    def rules(
        self, given: Sequence[forms.IngressRule | forms.EgressRule], path: Path, peers: str
    ) -> tuple[PolicyRule, ...]:
        """The rules of a direction, whose peers stand in the field `peers`."""
        found = []
        for position, rule in enumerate(given):
            at = (*path, position)
            found.append(
                PolicyRule(
                    self.peers(rule.peers, (*at, peers)) if rule.peers else (),
                    self.ports(rule.ports, (*at, "ports")) if rule.ports else (),
                    self.value(at),
                )
            )
        return tuple(found)

    def peers(self, given: list[forms.Peer], path: Path) -> tuple[Peer, ...]:
        """The peers of a rule (A.17 to A.19, B.11, B.12)."""
        return tuple([self.peer(one, (*path, position)) for position, one in enumerate(given)])

    def peer(self, given: forms.Peer, path: Path) -> Peer:
        """Pods or a block, not both."""
        spaces, pods, block = given.namespace_selector, given.pod_selector, given.ip_block
        if block:
            if spaces or pods:
                raise NotPlainError
            cidr, excepts = self.block(block)
            return BlockPeer(cidr, excepts, self.value(path))
        if not (spaces or pods):
            raise NotPlainError
        return PodPeer(
            self.selector(spaces, (*path, "namespaceSelector")) if spaces else None,
            self.selector(pods, (*path, "podSelector")) if pods else None,
            self.value(path),
        )

    def block(self, given: forms.Block) -> tuple[str, tuple[str, ...]]:
        """The block and its exceptions in canonical form, each pair looked at once."""
        key = given.cidr, tuple(given.excepts or ())
        found = self.known.blocks.get(key)
        if found is None:
            network = _network(given.cidr)
            inner = [_except(text, network) for text in key[1]]
            found = self.known.blocks[key] = str(network), tuple(map(str, inner))
        return found

    def ports(self, given: list[forms.RulePort], path: Path) -> tuple[PolicyPort, ...]:
        """The ports of a rule as they are written."""
        found = []
        for position, one in enumerate(given):
            protocol, port, end = one.protocol, one.port, one.end_port
            key = protocol, port, end
            known = self.known.rule_ports.get(key)
            if known is None:
                known = self.known.rule_ports[key] = _port(protocol, port, end)
            found.append(PolicyPort(known[0], known[1], self.value((*path, position))))
        return tuple(found)

    def selector(self, given: forms.Selector, path: Path) -> LabelSelector:
        """A selector, its labels first (A.23)."""
        found = []
        if given.match_labels:
            holder = (*path, "matchLabels")
            for pair in given.match_labels.items():
                values = self.known.pairs.get(pair) or self.pair(pair)
                where = self.key((*holder, pair[0]))
                found.append(Requirement(pair[0], Operator.IN, values, where))
        if given.match_expressions:
            holder = (*path, "matchExpressions")
            for position, one in enumerate(given.match_expressions):
                found.append(self.expression(one, (*holder, position)))
        return LabelSelector(tuple(found), self.value(path))

    def pair(self, pair: tuple[str, str]) -> tuple[str, ...]:
        """The values that a label may have."""
        if label_key_fault(pair[0]) or label_value_fault(pair[1]):
            raise NotPlainError
        values = self.known.pairs[pair] = (pair[1],)
        return values

    def expression(self, given: forms.Expression, path: Path) -> Requirement:
        """An element of `matchExpressions` (B.14)."""
        operator = _OPERATORS[given.operator]
        takes = operator in (Operator.IN, Operator.NOT_IN)
        values = tuple(given.values or ())
        if takes is not bool(values):
            raise NotPlainError
        if label_key_fault(given.key) or any(map(label_value_fault, values)):
            raise NotPlainError
        return Requirement(given.key, operator, values, self.value(path))


def _port(
    protocol: Any, port: Any, end: Any
) -> tuple[Protocol | None, PortRange | PortName | None]:
    """The protocol and the ports of an element of `ports` (B.9, B.10)."""
    if isinstance(protocol, str) and protocol not in _PROTOCOLS:
        raise NotPlainError
    named = _PROTOCOLS[protocol] if protocol else None
    last = end if isinstance(end, int) else None
    if isinstance(port, str):
        if last is not None or port_name_fault(port):
            raise NotPlainError
        return named, PortName(port)
    if not isinstance(port, int):
        if last is not None:
            raise NotPlainError
        return named, None
    if not 1 <= port <= (port if last is None else last) <= 65535:
        raise NotPlainError
    return named, PortRange(port, port if last is None else last)


def _network(text: str) -> Network:
    network, fault, _ = parse_block(text)
    if network is None or fault:
        raise NotPlainError
    return network


def _except(text: str, block: Network) -> Network:
    """A block within another one, and smaller (B.16)."""
    network = _network(text)
    if network.version != block.version or network.prefixlen <= block.prefixlen:
        raise NotPlainError
    if network.network_address not in block:
        raise NotPlainError
    return network
