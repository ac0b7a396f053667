"""From a solver's values back to a connection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from netproof_encodings.logic.terms import Bits, Model, Op, Term
from netproof_encodings.meaning.connections import here_name
from netproof_encodings.meaning.labels import ABSENT, KeyCodes, LabelSpace, carries
from netproof_encodings.meaning.ports import PROTOCOL_CODES
from netproof_encodings.meaning.profiles import declared_ports, in_families, runs_as
from netproof_encodings.meaning.spaces import EndpointSpace
from netproof_encodings.models.addresses import address_of, family_in, point_of, tells_addresses
from netproof_encodings.obligations.claims import Stage
from netproof_encodings.vocabulary.classes import PodClass
from netproof_encodings.vocabulary.hosts import HostPoint
from netproof_encodings.vocabulary.texts import unused
from netproof_specs.assumptions import Assumption
from netproof_specs.frozen import replace
from netproof_specs.model.accounts import DEFAULT_ACCOUNT
from netproof_specs.model.cluster import ContainerPort, Invented, Namespace
from netproof_specs.model.connections import (
    Connection,
    Endpoint,
    ExternalEndpoint,
    PodEndpoint,
    pod_of,
)
from netproof_specs.model.hosts import HostEndpoint, HostPort
from netproof_specs.model.labels import NAME_LABEL, Labels
from netproof_specs.model.traffic import Protocol
from netproof_specs.worlds import World


def holds(term: Term, model: Model) -> bool:
    """Whether the term is true under the values; it must not use defined names."""
    match term.op:
        case Op.TRUE | Op.FALSE:
            return term.op is Op.TRUE
        case Op.SYMBOL:
            return bool(model[term.name])
        case Op.NOT:
            return not holds(term.parts[0], model)
        case Op.AND:
            return all(holds(part, model) for part in term.parts)
        case Op.OR:
            return any(holds(part, model) for part in term.parts)
        case Op.IFF:
            return holds(term.parts[0], model) == holds(term.parts[1], model)
        case _:
            return _compares(term, model)


def _compares(term: Term, model: Model) -> bool:
    assert term.bits is not None
    value = model[term.bits.name]
    match term.op, term.value:
        case Op.EQUALS, int(constant):
            return value == constant
        case Op.AT_MOST, int(constant):
            return value <= constant
        case Op.PREFIX, (int(length), int(prefix)):
            return value >> (term.bits.width - length) == prefix
        case Op.SAME, Bits(name):
            return value == model[name]
        case _:
            raise AssertionError(term.op)


def symbols(on: Stage) -> list[str]:
    """The symbols whose values make up a connection."""
    here = {here_name(index) for index in on.held}
    booleans = [name for name in on.terms.booleans if name not in here]
    return [*booleans, *on.terms.vectors]


def decode(on: Stage, model: Model) -> Connection:
    """The connection that the values describe."""
    source, destination = _ends(on, model)
    bits = on.space.ports.source
    return Connection(
        source,
        destination,
        protocol_in(on, model),
        model["port"],
        family_in(on, model),
        None if bits is None else model[bits.name],
    )


def protocol_in(on: Stage, model: Model) -> Protocol:
    """The protocol that the values say."""
    code = model[on.space.ports.protocol.name]
    return next(protocol for protocol, known in PROTOCOL_CODES.items() if known == code)


def _ends(on: Stage, model: Model) -> tuple[Endpoint, Endpoint]:
    """The two ends: two pods on two nodes, of what the values leave open.

    Members of their classes in the snapshot; in an open world an invented pod is among them,
    which is apart from every other.
    """
    source, destination = (_candidates(on, end, model) for end in on.space.ends)
    as_pods = bool(model[on.space.assumptions[Assumption.HOST_NETWORK].name])
    return _two_of(source, destination, as_pods)


def two_of(
    sources: Sequence[Endpoint], destinations: Sequence[Endpoint]
) -> tuple[Endpoint, Endpoint]:
    """The first of the candidates that are two endpoints and not a pod and its own node.

    There must be such.
    """
    return _two_of(sources, destinations, as_pods=False)


def _two_of(
    sources: Sequence[Endpoint], destinations: Sequence[Endpoint], as_pods: bool
) -> tuple[Endpoint, Endpoint]:
    some = _spread(_off_node(sources, destinations))
    others = _spread(_off_node(destinations, sources))
    return next(pair for pair in product(some, others) if _apart(as_pods, *pair))


def _off_node(candidates: Sequence[Endpoint], others: Sequence[Endpoint]) -> Sequence[Endpoint]:
    """The candidates that are not on the node of an address at the other end (A.42, A.43)."""
    outside = {one.address for one in others if isinstance(one, ExternalEndpoint)}
    if not outside:
        return candidates
    off = [
        one
        for one in candidates
        if isinstance(one, ExternalEndpoint) or outside.isdisjoint(one.node_addresses)
    ]
    return off or candidates  # there are some: otherwise the oracle will say that this is wrong


def _spread(candidates: Sequence[Endpoint]) -> list[Endpoint]:
    """Few of the candidates that still hold any two pods and any two nodes there are."""
    by_node: dict[str | None, Endpoint] = {}
    for one in candidates[2:]:
        by_node.setdefault(one.node if isinstance(one, PodEndpoint) else None, one)
    return [*candidates[:2], *list(by_node.values())[:3]]


def _apart(as_pods: bool, one: Endpoint, other: Endpoint) -> bool:
    """Whether the ends are two endpoints, and not a pod and its own node (A.41 to A.43, A.45)."""
    if isinstance(one, ExternalEndpoint) or isinstance(other, ExternalEndpoint):
        return True
    if isinstance(one, HostEndpoint) or isinstance(other, HostEndpoint):
        return one.node is None or one.node != other.node
    host = (one.host_network or other.host_network) and not as_pods
    own_node = one.node is not None and one.node == other.node
    return not (host and own_node) and _identity(one) != _identity(other)


def _identity(pod: PodEndpoint) -> tuple[str, str, str, int, bool]:
    return pod.namespace.name, pod.kind, pod.name, pod.replica, pod.invented


def _candidates(on: Stage, end: EndpointSpace, model: Model) -> list[Endpoint]:
    if not model[end.pod.name]:
        host = _host(on, end, model)
        return [ExternalEndpoint(address_of(on, end, model)) if host is None else host]
    if on.scene.world is World.SNAPSHOT:
        return list(_members(on, end, model))
    return list(_open_pods(on, end, model))


def _host(on: Stage, end: EndpointSpace, model: Model) -> HostEndpoint | None:
    """The host endpoint that the end is, with the address that it has in the connection."""
    point = point_of(end, model)
    if point is None:
        return None
    if point.host.invented:
        return _other_host(on, end, model, point)
    if point.address is None and tells_addresses(on, end, model):
        return replace(point.host, addresses=(address_of(on, end, model),), supplied=True)
    return point.host


def _other_host(on: Stage, end: EndpointSpace, model: Model, point: HostPoint) -> HostEndpoint:
    """A host endpoint that is none of the input; its node is no other end's.

    On a node that is configured by its name it is there (D.36).
    """
    other, first = end.other_host(), end is on.space.source
    code = model[other.name.name]
    known = next((name for name, each in other.names.items() if each == code), None)
    taken = {one.name for one in on.scene.vocabulary.hosts} | {*other.names}
    others = on.scene.vocabulary.others
    named = frozenset() if others is None else others.named
    nodes = {one.node for one in on.scene.vocabulary.hosts} | named
    supplied = not point.expects and tells_addresses(on, end, model)
    return HostEndpoint(
        known or unused("any-host" if first else "any-other-host", taken),
        _labels(other.labels, model),
        point.host.node or unused("any-node" if first else "any-other-node", nodes),
        "*",
        (address_of(on, end, model),) if point.expects or supplied else (),
        point.host.profiles,
        tuple(HostPort(one.name, one.protocol.value, one.port) for one in _ports(on, end, model)),
        supplied=supplied,
        invented=True,
        node_addresses=point.host.node_addresses,
    )


def _members(on: Stage, end: EndpointSpace, model: Model) -> Iterator[PodEndpoint]:
    one = on.scene.classes[model[f"{end.prefix}.class"]]
    assumed = tells_addresses(on, end, model) and not one.addresses
    for pod in pods_of(one, _namespace(on, end, model)):
        if assumed and not pod.addresses:
            yield replace(pod, addresses=(address_of(on, end, model),), supplied=True)
        else:
            yield pod


def _open_pods(on: Stage, end: EndpointSpace, model: Model) -> Iterator[PodEndpoint]:
    """The pods of the manifests that are as the values say, then an invented one.

    The name of a pod of the manifests goes with nothing but its own facts; an address that it
    may have is none, where some block tells addresses apart.
    """
    namespace = _namespace(on, end, model)
    addressed = tells_addresses(on, end, model)
    if namespace.invented is Invented.NOTHING and not addressed:
        for one in on.scene.classes:
            if one.namespace == namespace.name and holds(like(on, end, one), model):
                yield from pods_of(one, namespace)
    yield PodEndpoint(
        namespace=namespace,
        name="any-pod" if end is on.space.source else "any-other-pod",
        labels=_labels(end.labels, model),
        ports=_ports(on, end, model),
        addresses=(address_of(on, end, model),) if addressed else (),
        invented=True,
        supplied=addressed,
        service_account=_account_name(end, model),
        account_labels=() if end.account is None else _labels(end.account.labels, model),
    )


def _account_name(end: EndpointSpace, model: Model) -> str:
    """The name of the end's service account, one that nothing mentions where the values say so."""
    account = end.account
    if account is None:
        return DEFAULT_ACCOUNT
    return account.name_of(model[account.name.name])


def pods_of(one: PodClass, namespace: Namespace) -> Iterator[PodEndpoint]:
    """The pods of a class, two of each workload at most."""
    for workload in one.members:
        for replica in range(1, min(workload.replicas, 2) + 1):
            yield pod_of(workload, namespace, replica)


def _ports(on: Stage, end: EndpointSpace, model: Model) -> tuple[ContainerPort, ...]:
    ports, at = on.space.ports, on.space.which(end)
    return tuple(
        ContainerPort(name, protocol_in(on, model), model[ports.at(at).name])
        for name, declared in ports.declared[at].items()
        if model[declared.name]
    )


def stated_namespaces(on: Stage) -> dict[str, Namespace]:
    """The mentioned namespaces with the labels that the input states: none for a mere name."""
    declared = {one.name: one for one in on.scene.cluster.namespaces}
    return {
        name: declared.get(name) or Namespace(name, ((NAME_LABEL, name),), declared=False)
        for name in on.scene.vocabulary.namespaces
    }


def as_stated(on: Stage, end: EndpointSpace, namespace: Namespace) -> Term:
    """True iff the end is in the namespace, and sees the labels that the input states for it."""
    there = on.terms.equals(end.namespace.name, end.namespace.names[namespace.name])
    labels = {key: value for key, value in namespace.labels if key != NAME_LABEL}
    return on.terms.conjunction((there, carries(on.terms, end.namespace.labels, labels)))


def like(on: Stage, end: EndpointSpace, one: PodClass) -> Term:
    """True iff an end of an open world could be a pod of the class, its namespace aside.

    No pod of an open world has a known address, so a class whose addresses some block may tell
    apart is like none of them; nor is one that is known to be behind other hosts than any may be.
    """
    if one.host_network or one.addresses:
        return on.terms.false
    if end.passing is not None and end.passing.codes[one.behind] != end.passing.anywhere:
        return on.terms.false
    parts = [carries(on.terms, end.labels, one.labels), in_families(on.terms, end, one)]
    parts.extend(declared_ports(on.terms, on.space, end, one))
    parts.extend(runs_as(on.terms, end, one))
    return on.terms.conjunction(parts)


def namespace_name(end: EndpointSpace, model: Model) -> str:
    """The name of the end's namespace, one that nothing mentions where the values say so."""
    space, code = end.namespace, model[end.namespace.name.name]
    by_code = {number: name for name, number in (*space.names.items(), *space.passing.items())}
    first = space.last + 1 - len(space.others)
    return by_code[code] if code in by_code else space.others[code - first]


def _namespace(on: Stage, end: EndpointSpace, model: Model) -> Namespace:
    """The namespace as the input states it where the values agree, else an invented one."""
    name = namespace_name(end, model)
    stated = stated_namespaces(on).get(name)
    if stated is not None and holds(as_stated(on, end, stated), model):
        return stated
    labels = dict(_labels(end.namespace.labels, model)) | {NAME_LABEL: name}
    invented = Invented.NAME if stated is None else Invented.LABELS
    return Namespace(name, tuple(sorted(labels.items())), declared=False, invented=invented)


def _labels(space: LabelSpace, model: Model) -> Labels:
    pairs = ((name, _value(key, model[key.bits.name])) for name, key in space.items())
    return tuple((name, value) for name, value in pairs if value is not None)


def _value(key: KeyCodes, code: int) -> str | None:
    if code == ABSENT:
        return None
    if code == key.other:
        return key.alike.get((False,) * len(key.tests)) or unused("other", key.codes)
    return next(value for value, known in key.codes.items() if known == code)
