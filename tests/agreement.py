"""Puts one concrete connection into the encoding's symbols, so that it can be held to the oracle.

The values of the symbols are worked out here from the connection and the meaning of the symbols
that docs/worlds.md gives, not by the encoding's own functions and not by its decoding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from netproof.oracle.addresses import shared_address, taken_address
from netproof.oracle.claims import in_scope
from netproof_encodings.logic.terms import Bits, Op, Term, Terms
from netproof_encodings.lowering import Tiers, lower
from netproof_encodings.meaning.claims import ClaimTerms
from netproof_encodings.meaning.labels import LabelSpace
from netproof_encodings.meaning.spaces import EndpointSpace
from netproof_encodings.meaning.worlds import world_constraints
from netproof_encodings.obligations.claims import Stage, undecided_ends
from netproof_encodings.vocabulary.classes import PodClass
from netproof_encodings.vocabulary.mentioned import LabelValues
from netproof_encodings.vocabulary.texts import Tests
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.model.connections import (
    DYNAMIC_PORT,
    Connection,
    Endpoint,
    ExternalEndpoint,
    PodEndpoint,
    pod_of,
)
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.labels import NAME_LABEL, Labels
from netproof_specs.model.traffic import Direction, Family, Protocol
from netproof_specs.worlds import World

Values = dict[str, int]


def pin(on: Stage, connection: Connection) -> list[Term]:
    """Terms that hold together iff the symbols describe the connection."""
    return [_is(on.terms, name, value) for name, value in pinned(on, connection).items()]


def _is(terms: Terms, name: str, value: int) -> Term:
    if name in terms.vectors:
        return terms.equals(terms.vectors[name], value)
    symbol = terms.booleans[name]
    return symbol if value else terms.negation(symbol)


def pinned(on: Stage, connection: Connection) -> Values:
    """The values of the symbols that the connection fixes."""
    values: Values = {
        "ipv6": int(connection.family is Family.IPV6),
        "protocol": list(Protocol).index(connection.protocol),
        "port": connection.port,
    }
    if on.space.ports.source is not None:
        values["source-port"] = _source_port(connection)
    values |= _declared(on, connection)
    for end, endpoint in zip(on.space.ends, _endpoints(connection), strict=True):
        if isinstance(endpoint, ExternalEndpoint):
            values |= _external(end, endpoint)
        elif isinstance(endpoint, HostEndpoint):
            values |= _host(on, end, endpoint, connection.family)
        else:
            values |= _pod(on, end, endpoint, connection)
    return values


def _source_port(connection: Connection) -> int:
    return DYNAMIC_PORT if connection.source_port is None else connection.source_port


def _endpoints(connection: Connection) -> tuple[Endpoint, Endpoint]:
    return connection.source, connection.destination


def _declared(on: Stage, connection: Connection) -> Values:
    mentioned = on.scene.vocabulary
    to, come_from = connection.port, _source_port(connection)
    at_destination = _named(on, connection, connection.destination, to)
    at_source = _named(on, connection, connection.source, come_from)
    values = {f"dst.port.{name}": int(name in at_destination) for name in mentioned.port_names}
    return values | {f"src.port.{name}": int(name in at_source) for name in mentioned.source_names}


def _named(on: Stage, connection: Connection, end: Endpoint, port: int) -> set[str]:
    """The names under which a pod declares the port for the connection's protocol."""
    if isinstance(end, HostEndpoint) and end.invented:
        return _named_by(end, connection.protocol, port)
    if not isinstance(end, PodEndpoint):
        return set()
    counted = on.scene.vocabulary.names_counted
    listed = (*end.ports, *(one for one in end.init_ports if one.name in counted))
    wanted = (connection.protocol, port)
    return {one.name for one in listed if (one.protocol, one.port) == wanted}


def _named_by(host: HostEndpoint, protocol: Protocol, port: int) -> set[str]:
    """The names under which the host endpoint declares the port for the protocol."""
    numbers: dict[object, Protocol] = {6: Protocol.TCP, 17: Protocol.UDP, 132: Protocol.SCTP}
    known, wanted = numbers | {one.value: one for one in Protocol}, (protocol, port)
    return {one.name for one in host.ports if (known.get(one.protocol), one.port) == wanted}


def _external(end: EndpointSpace, endpoint: ExternalEndpoint) -> Values:
    address = ip_address(endpoint.address)
    return {
        f"{end.prefix}.pod": 0,
        **({} if end.host is None else {f"{end.prefix}.host": 0, **_passes_none(end)}),
        f"{end.prefix}.host-network": 0,
        f"{end.prefix}.addressed": 1,
        f"{end.prefix}.supplied": 0,
        f"{end.prefix}.ipv{address.version}": int(address),
    }


def _passes_none(end: EndpointSpace) -> Values:
    return {f"{end.prefix}.passed-host": 0, f"{end.prefix}.expected-by-host": 0}


def _host(on: Stage, end: EndpointSpace, host: HostEndpoint, family: Family) -> Values:
    """The point of the host endpoint, by its first address of the family, if it has one.

    The points count from 1: for each host endpoint, those of its addresses of IPv4, then of IPv6;
    without one of a family there is a point of the host endpoint alone.
    """
    assert end.host is not None
    given = [] if host.supplied else [ip_address(one) for one in host.addresses]
    known = next((int(one) for one in given if is_of(one, family)), None)
    if host.invented:
        # A node whose configuration says what most nodes do is like any other.
        nodes = {one.host.node for one in end.host.points if one.host.invented}
        node = host.node if host.node in nodes else ""
        number = next(
            at
            for at, one in enumerate(end.host.points, start=1)
            if (one.host.invented, one.host.profiles) == (True, host.profiles)
            and one.host.node == node
            and (one.family, one.expects) == (family, known is not None)
        )
    else:
        number = next(
            at
            for at, one in enumerate(end.host.points, start=1)
            if (one.host.name, one.family, one.address) == (host.name, family, known)
        )
    values = {f"{end.prefix}.pod": 0, f"{end.prefix}.host-network": 0, f"{end.prefix}.host": number}
    values |= _passes_none(end)
    if host.invented and end.host.other is not None:
        values |= _codes(end.host.other.labels, dict(host.labels))
        names = [None, *on.scene.vocabulary.host_names]
        called = names.index(host.name) if host.name in names else 0
        values[f"{end.prefix}.host-name"] = called
    shown = [int(ip_address(one)) for one in host.addresses if is_of(ip_address(one), family)]
    if known is None and on.scene.vocabulary.blocks:
        supplied = int(bool(shown))
        values |= {f"{end.prefix}.addressed": supplied, f"{end.prefix}.supplied": supplied}
        values |= {f"{end.prefix}.ipv{family.value}": shown[0]} if shown else {}
    if known is not None:
        values |= {f"{end.prefix}.addressed": 1, f"{end.prefix}.supplied": 0}
        values |= {f"{end.prefix}.ipv{family.value}": known}
    return values


def _pod(on: Stage, end: EndpointSpace, pod: PodEndpoint, connection: Connection) -> Values:
    values = {
        f"{end.prefix}.pod": 1,
        **({} if end.host is None else {f"{end.prefix}.host": 0}),
        **_passing(on, end, pod),
        f"{end.prefix}.host-network": int(pod.host_network),
        f"{end.prefix}.namespace": _namespace_code(on, end, pod, connection),
    }
    namespace_labels = {key: v for key, v in pod.namespace.labels if key != NAME_LABEL}
    values |= _codes(end.namespace.labels, namespace_labels)
    values |= _codes(end.labels, dict(pod.labels))
    values |= _account(on, end, pod)
    values |= _passed(on, end, pod, connection.family)
    one = class_of(on, pod)
    if one is not None:
        values[f"{end.prefix}.class"] = one.number
    return values | _address(on, end, pod, connection.family)


def _passed(on: Stage, end: EndpointSpace, pod: PodEndpoint, family: Family) -> Values:
    """The host endpoint that a pod on its node's network passes, by its place from 1 (D.35)."""
    hosts = list(on.scene.vocabulary.hosts)
    if not hosts:
        return {}
    node = [one for one in hosts if pod.host_network and one.node == pod.node]
    expecting = [one for one in node if {*one.addresses} & {*pod.addresses}]
    (passed,) = (expecting or [one for one in node if one.interface == "*"])[:1] or [None]
    common = set() if passed is None else {*passed.addresses} & {*pod.addresses}
    return {
        f"{end.prefix}.passed-host": 0 if passed is None else hosts.index(passed) + 1,
        f"{end.prefix}.expected-by-host": int(any(is_of(ip_address(x), family) for x in common)),
    }


def _passing(on: Stage, end: EndpointSpace, pod: PodEndpoint) -> Values:
    """The code of what the pod's traffic passes at its host, whose policies ask of it (D.37).

    Of an unknown node it may be any; it is sure only of a host's one host endpoint, of all of it.
    """
    if end.passing is None:
        return {}
    others = on.scene.vocabulary.others
    hosts = (*on.scene.vocabulary.hosts, *((others and others.passed) or ()))
    there = [one for one in hosts if pod.node in (None, one.node)]
    groups = [{*one.hosts} for one in on.scene.vocabulary.passages]
    may = {at for at, names in enumerate(groups) if any(one.name in names for one in there)}
    alone = pod.node is not None and [one.interface for one in there] == ["*"]
    surely = min(may) if alone and may else None
    wanted = (None, set()) if pod.host_network else (surely, may)
    listed = [(one.surely, {*one.perhaps}) for one in end.passing.codes]
    return {f"{end.prefix}.passes-hosts": listed.index(wanted)}


def _account(on: Stage, end: EndpointSpace, pod: PodEndpoint) -> Values:
    """The code of the account's name, and its labels, which a name of 64 characters hides.

    After the known names there is one for each length and outcome of the tests of names.
    """
    if end.account is None:
        return {}
    name, names, others = pod.service_account, [*end.account.names], [*end.account.others]
    short, tests = len(name) < 64, on.scene.vocabulary.account_name_tests
    kinds = [(len(one) < 64, _came_to(tests, one)) for one in others]
    code = names.index(name) if name in names else None
    if code is None:
        code = len(names) + kinds.index((short, _came_to(tests, name)))
    labels = dict(pod.account_labels) if short else {}
    return {f"{end.prefix}.account": code} | _codes(end.account.labels, labels)


def _namespace_code(on: Stage, end: EndpointSpace, pod: PodEndpoint, connection: Connection) -> int:
    """The name's code; two names that nothing mentions have two codes, as tests of them come to."""
    names, name = end.namespace.names, pod.namespace.name
    source = connection.source
    second = isinstance(source, PodEndpoint) and source.namespace.name != name
    listed = [*names, *end.namespace.passing, *end.namespace.others]
    alike = [one for one in listed[len(names) :] if _outcome(on, one) == _outcome(on, name)]
    return names[name] if name in names else listed.index(alike[min(int(second), len(alike) - 1)])


def _outcome(on: Stage, name: str) -> list[bool]:
    """What the tests of names of namespaces come to (D.31)."""
    return _came_to(dict(on.scene.vocabulary.namespace_tests).get(NAME_LABEL, ()), name)


def _came_to(tests: Tests, name: str) -> list[bool]:
    """What tests come to for a name (D.31)."""
    found = []
    for test, text in tests:
        way = {"contains": name.__contains__, "starts with": name.startswith}
        found.append(way.get(test.value, name.endswith)(text))
    return found


def _codes(space: LabelSpace, labels: Mapping[str, str]) -> Values:
    """0 for an absent key, the place of a mentioned value from 1, one more for any other."""
    values: Values = {}
    for name, key in space.items():
        order = [*key.codes]
        value = labels.get(name)
        if value is None:
            values[key.bits.name] = 0
        elif value not in order and key.tests:
            values[key.bits.name] = key.code_of(value)
        else:
            values[key.bits.name] = 1 + (order.index(value) if value in order else len(order))
    return values


def _address(on: Stage, end: EndpointSpace, pod: PodEndpoint, family: Family) -> Values:
    """Whether the pod has an address of the family, and which one, where it is no known one.

    Nothing where no block is mentioned, since no pod's address matters there.
    """
    if not on.scene.vocabulary.blocks:
        return {}
    given = [address for address in map(ip_address, pod.addresses) if is_of(address, family)]
    supplied = bool(given) and not has_known_address(on, pod)
    values = {f"{end.prefix}.addressed": int(bool(given)), f"{end.prefix}.supplied": int(supplied)}
    if supplied:
        values[f"{end.prefix}.ipv{family.value}"] = int(given[0])
    return values


def is_of(address: IPv4Address | IPv6Address, family: Family) -> bool:
    """Whether the address is one of the family."""
    return address.version == family.value


def has_known_address(on: Stage, pod: PodEndpoint) -> bool:
    """Whether the manifests, not an assumption, give the pod an address."""
    one = class_of(on, pod)
    return one is not None and bool(one.members[0].addresses)


def class_of(on: Stage, pod: PodEndpoint) -> PodClass | None:
    """The pod's class in the snapshot; None in another world."""
    if on.scene.world is not World.SNAPSHOT:
        return None
    return next(
        one
        for one in on.scene.classes
        for member in one.members
        if (member.namespace, member.kind, member.name) == (pod.namespace.name, pod.kind, pod.name)
    )


def completed(on: Stage, connection: Connection, assumptions: Assumptions) -> Values:
    """Values of all symbols that describe the connection, with every policy in place."""
    values = dict.fromkeys((*on.terms.booleans, *on.terms.vectors), 0)
    values |= {name: 1 for name in on.terms.booleans if name.startswith("here.")}
    values |= {f"assume.{one.value}": int(one in assumptions) for one in on.space.assumptions}
    for end, endpoint in zip(on.space.ends, _endpoints(connection), strict=True):
        values |= _unpinned(on, end, endpoint, assumptions)
    return values | pinned(on, connection)


def _unpinned(
    on: Stage, end: EndpointSpace, endpoint: Endpoint, assumptions: Assumptions
) -> Values:
    """An external end is in a namespace that nothing else is in; a pod has its class's address."""
    if isinstance(endpoint, ExternalEndpoint):
        return {f"{end.prefix}.namespace": end.namespace.last}
    if isinstance(endpoint, HostEndpoint):
        assumed = int(Assumption.UNKNOWN_POD_ADDRESSES in assumptions)
        names = (f"{end.prefix}.addressed", f"{end.prefix}.supplied")
        return {f"{end.prefix}.namespace": end.namespace.last} | dict.fromkeys(names, assumed)
    one = class_of(on, endpoint)
    addresses = {} if one is None else one.addresses
    values = {f"{end.prefix}.ipv{family.value}": value for family, value in addresses.items()}
    assumed = Assumption.UNKNOWN_POD_ADDRESSES in assumptions
    names = (f"{end.prefix}.addressed", f"{end.prefix}.supplied")
    return values | dict.fromkeys(names, int(assumed))


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The truth of terms under the values of all symbols; definitions are looked through."""

    terms: Terms
    values: Values
    known: dict[Term, bool] = field(default_factory=dict)

    def holds(self, term: Term) -> bool:
        """Whether the term is true."""
        found = self.known.get(term)
        if found is None:
            found = self.known[term] = self._holds(term)
        return found

    def _holds(self, term: Term) -> bool:
        match term.op:
            case Op.TRUE | Op.FALSE:
                return term.op is Op.TRUE
            case Op.SYMBOL:
                body = self.terms.definitions.get(term.name)
                return bool(self.values[term.name]) if body is None else self.holds(body)
            case Op.NOT:
                return not self.holds(term.parts[0])
            case Op.AND:
                return all(self.holds(part) for part in term.parts)
            case Op.OR:
                return any(self.holds(part) for part in term.parts)
            case Op.IFF:
                return self.holds(term.parts[0]) == self.holds(term.parts[1])
            case _:
                return self._compares(term)

    def _compares(self, term: Term) -> bool:
        assert term.bits is not None
        value = self.values[term.bits.name]
        match term.op, term.value:
            case Op.EQUALS, int(constant):
                return value == constant
            case Op.AT_MOST, int(constant):
                return value <= constant
            case Op.PREFIX, (int(length), int(prefix)):
                return value >> (term.bits.width - length) == prefix
            case Op.SAME, Bits(name):
                return value == self.values[name]
            case _:
                raise AssertionError(term.op)


def evaluated(on: Stage, connection: Connection, assumptions: Assumptions) -> Evaluated:
    """The stage's terms on the connection."""
    return Evaluated(on.terms, completed(on, connection, assumptions))


@dataclass(frozen=True, slots=True)
class Against:
    """A stage with what every connection on it is held against, made once.

    `world` is true iff the stage's world holds the connection, and `ends` where nothing decides it
    at that end; `tiers` are those of the cluster, as commands read them.
    """

    on: Stage
    world: Term
    ends: Mapping[Direction, Term]
    parts: ClaimTerms
    tiers: Tiers


def against(on: Stage) -> Against:
    """The stage, ready for connections."""
    return Against(
        on,
        on.terms.conjunction(world_constraints(on.terms, on.space, on.scene)),
        undecided_ends(on),
        ClaimTerms(on.terms, on.space, on.scene.classes),
        lower(on.scene.cluster.every_policy),
    )


def belongs(on: Stage, connection: Connection, assumptions: Assumptions) -> bool:
    """Whether the stage's world should hold the connection, or one between pods just like its.

    docs/worlds.md, "What each world holds, exactly".
    """
    if not all(_has_address(on, end, connection, assumptions) for end in _endpoints(connection)):
        return False
    if not on.scene.vocabulary.blocks:
        connection = _without_supplied(connection)
    if shared_address(connection):
        return False
    snapshot, seen = on.scene.world is World.SNAPSHOT, _seen(on, connection)
    if snapshot and taken_address(seen, on.scene.cluster.workloads):
        return False
    if _taken_by_host(on, seen) or not _are_two_hosts(on, connection):
        return False
    if not any(in_scope(like, assumptions) for like in _alike(on, connection)):
        return False
    pods = [end for end in _endpoints(connection) if isinstance(end, PodEndpoint)]
    return snapshot or (all(_is_open_pod(on, pod) for pod in pods) and _one_account(on, pods))


def is_of_pods(key: str) -> bool:
    """Whether Calico gives pods a label of the key (D.15)."""
    added = {f"projectcalico.org/{one}" for one in ("namespace", "serviceaccount", "orchestrator")}
    return key in added or key.startswith(("pcns.", "pcsa."))


def _are_two_hosts(on: Stage, connection: Connection) -> bool:
    """Whether a host endpoint that is none of the input may be there, beside the other end.

    It has no label that Calico gives pods, where such a one is asked for. It is not the other one
    under a mentioned name, and has no address of that where blocks tell.
    """
    ends = _endpoints(connection)
    others = [one for one in ends if isinstance(one, HostEndpoint) and one.invented]
    if not others:
        return True
    if on.scene.vocabulary.others is None:
        return False
    asked = {key for key, _ in (*on.scene.vocabulary.host_labels, *on.scene.vocabulary.host_tests)}
    if any(is_of_pods(key) for one in others for key, _ in one.labels if key in asked):
        return False
    names = [one.name for one in ends if isinstance(one, HostEndpoint)]
    if len(names) == 2 and names[0] == names[1] and names[0] in on.scene.vocabulary.host_names:
        return False
    left, right = (
        {end.address} if isinstance(end, ExternalEndpoint) else {*end.addresses} for end in ends
    )
    common = [one for one in left & right if is_of(ip_address(one), connection.family)]
    return not (common and on.scene.vocabulary.blocks)


def _one_account(on: Stage, pods: Sequence[PodEndpoint]) -> bool:
    """An account has one set of labels: as declared in `any-pods`, and the same at both ends.

    Two names that nothing mentions are taken for two accounts.
    """
    known = {(one.namespace, one.name): one.labels for one in on.scene.cluster.accounts}
    if on.scene.world is World.ANY_CLUSTER:
        known = {}
    for pod in pods:
        name = (pod.namespace.name, pod.service_account)
        mentioned = name[1] in (on.scene.vocabulary.accounts or ())
        if len(name[1]) > 63 or not (mentioned or name in known):
            continue
        labels = known.setdefault(name, pod.account_labels)
        asked = on.scene.vocabulary.account_labels
        if _profile_of(asked, labels) != _profile_of(asked, pod.account_labels):
            return False
    return True


def _taken_by_host(on: Stage, connection: Connection) -> bool:
    """Whether an end that is no host endpoint has the address of one, where a block tells it."""
    listed = map(ip_network, on.scene.vocabulary.blocks)
    blocks = [block for block in listed if block.version == connection.family.value]
    taken = {one for host in on.scene.vocabulary.hosts for one in host.addresses}

    def has(end: Endpoint) -> bool:
        match end:
            case ExternalEndpoint(address):
                own: tuple[str, ...] = (address,)
            case PodEndpoint() | HostEndpoint():
                own = end.addresses if end.supplied else ()
        told = {one for one in own if any(ip_address(one) in block for block in blocks)}
        return not taken.isdisjoint(told)

    return any(map(has, _endpoints(connection)))


def _seen(on: Stage, connection: Connection) -> Connection:
    """The connection with supplied addresses only where a mentioned block holds them.

    In no block an address stands for any such address, of which some is nobody's.
    """
    blocks = [ip_network(text) for text in on.scene.vocabulary.blocks]

    def seen(end: Endpoint) -> Endpoint:
        if not (isinstance(end, PodEndpoint | HostEndpoint) and end.supplied):
            return end
        held = tuple(
            one for one in end.addresses if any(ip_address(one) in block for block in blocks)
        )
        return replace(end, addresses=held)

    return replace(
        connection, source=seen(connection.source), destination=seen(connection.destination)
    )


def _without_supplied(connection: Connection) -> Connection:
    """The connection with known addresses only: no other plays a part where no block is named."""
    source, destination = (
        replace(end, addresses=(), supplied=False)
        if isinstance(end, PodEndpoint | HostEndpoint) and end.supplied
        else end
        for end in _endpoints(connection)
    )
    return replace(connection, source=source, destination=destination)


def _has_address(
    on: Stage, end: Endpoint, connection: Connection, assumptions: Assumptions
) -> bool:
    """A pod whose address is not known has one of the family iff that is assumed (A.29).

    Where nothing mentions a block, no pod's address matters.
    """
    if isinstance(end, ExternalEndpoint):
        return True
    if isinstance(end, HostEndpoint) and end.invented:
        expected = (is_of(ip_address(text), connection.family) for text in end.addresses)
        if not end.supplied and any(expected):
            return True
    elif isinstance(end, HostEndpoint):
        known = next(one for one in on.scene.vocabulary.hosts if one.name == end.name).addresses
        if any(is_of(ip_address(text), connection.family) for text in known):
            return not end.supplied
    elif has_known_address(on, end):
        return True
    if not on.scene.vocabulary.blocks:
        return True
    given = any(is_of(ip_address(text), connection.family) for text in end.addresses)
    return given is (Assumption.UNKNOWN_POD_ADDRESSES in assumptions)


def _alike(on: Stage, connection: Connection) -> Iterator[Connection]:
    """The connections between members of the classes of its ends, and addresses like its own."""
    for source in _members(on, connection.source):
        for destination in _members(on, connection.destination):
            yield Connection(
                source, destination, connection.protocol, connection.port, connection.family
            )


def _members(on: Stage, end: Endpoint) -> Iterator[Endpoint]:
    if isinstance(end, ExternalEndpoint):
        yield from _addresses_like(on, end)
        return
    one = class_of(on, end) if isinstance(end, PodEndpoint) else None
    if one is None or not isinstance(end, PodEndpoint):
        yield end
        return
    for member in one.members:
        for replica in range(1, member.replicas + 1):
            yield pod_of(member, end.namespace, replica)


def _addresses_like(on: Stage, end: ExternalEndpoint) -> Iterator[ExternalEndpoint]:
    """The address, and some near to it that are in the same mentioned blocks and nobody's."""
    blocks = [ip_network(one) for one in on.scene.vocabulary.blocks]
    address = ip_address(end.address)
    ends = (*on.scene.cluster.workloads, *on.scene.vocabulary.hosts)
    taken = {text for one in ends for text in one.addresses}
    yield end
    end_of_all = 1 << address.max_prefixlen
    for value in range(max(0, int(address) - 4), min(end_of_all, int(address) + 5)):
        near = type(address)(value)
        if str(near) not in taken and all((near in one) is (address in one) for one in blocks):
            yield ExternalEndpoint(str(near))


def _is_open_pod(on: Stage, pod: PodEndpoint) -> bool:
    """No host network; in `any-pods` a namespace of the input, with its labels if declared.

    Keys and values that nothing mentions are as good as any other.
    """
    if pod.host_network or (pod.node is not None and on.scene.vocabulary.passages):
        return False
    if on.scene.world is World.ANY_CLUSTER:
        return True
    known = {one.name: one for one in on.scene.cluster.namespaces}
    declared = known.get(pod.namespace.name)
    if declared is not None and declared.declared:
        return _profile(on, pod.namespace.labels) == _profile(on, declared.labels)
    return pod.namespace.name in on.scene.vocabulary.namespaces


def _profile(on: Stage, labels: Labels) -> list[tuple[bool, str | None]]:
    """Per mentioned key whether it is there, and its value where that is mentioned."""
    return _profile_of(on.scene.vocabulary.namespace_labels, labels)


def _profile_of(asked: LabelValues, labels: Labels) -> list[tuple[bool, str | None]]:
    mapping = dict(labels)
    return [
        (key in mapping, mapping.get(key) if mapping.get(key) in values else None)
        for key, values in asked
    ]
