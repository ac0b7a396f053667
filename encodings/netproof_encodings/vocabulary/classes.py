"""The pods of the manifests in classes that no policy and no claim can tell apart.

Two pods fall into one class iff they agree on everything that the vocabulary can see: namespace,
mentioned label keys, declared ports with a mentioned name, hostNetwork, the families of their
addresses, the mentioned blocks that hold these, the mentioned names, and what is asked of their
service account. 150,000 pods become a
few thousand classes.
"""

from __future__ import annotations

import dataclasses
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_network
from socket import AF_INET, AF_INET6, inet_pton

from netproof_encodings.vocabulary.accounts import kind_of
from netproof_encodings.vocabulary.hosts import (
    NOTHING,
    Behind,
    HostsByNode,
    addresses_of_hosts,
    behind_nodes,
    by_node,
    expected_in,
    passed_by,
)
from netproof_encodings.vocabulary.mentioned import LONGEST_LABEL, Vocabulary
from netproof_encodings.vocabulary.room import Room
from netproof_specs.claims import PodNamed
from netproof_specs.frozen import Frozen, field
from netproof_specs.model.cluster import Cluster, ContainerPort, Workload
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Family


class PodClass(Frozen):
    """One class; `number` counts from 0, `pods` is how many pods it has in all.

    `families` are those of the members' addresses, empty where addresses are not known.
    `addresses` holds one member's address per family, empty also where no block is mentioned.
    `names` holds the mentioned names that its members have. `node` is set iff all members are
    known to run on that one node, and `of_node` are the addresses that the nodes of all of them
    state. `places` are those of the members in the cluster's list.
    `account` is the name of one member's service account, `account_labels` are the mentioned ones
    that it hands on; both are empty where nothing asks of accounts. `host` is the name of the host
    endpoint that members on their node's network pass, empty for none, and `expected` are the
    families in which peers find it by a member's address. `behind` is what members' traffic passes.
    """

    number: int
    namespace: str
    labels: dict[str, str]
    ports: tuple[ContainerPort, ...]
    host_network: bool
    families: frozenset[Family]
    addresses: dict[Family, int]
    names: frozenset[PodNamed]
    node: str | None
    members: tuple[Workload, ...]
    places: tuple[int, ...]
    pods: int
    account: str = ""
    account_labels: dict[str, str] = field(default_factory=dict)
    host: str = ""
    expected: frozenset[Family] = frozenset()
    behind: Behind = NOTHING
    of_node: frozenset[str] = frozenset()


_Passed = tuple[str, frozenset[Family], Behind]
"""A host endpoint by name, the families in which peers find it by the address of a pod, and what
the traffic of one passes at its host."""

_NONE: _Passed = "", frozenset(), NOTHING


def classes_of(cluster: Cluster, vocabulary: Vocabulary) -> tuple[PodClass, ...]:
    """The classes of the cluster's pods, in order of namespace and first member."""
    keys = frozenset(key for key, _ in vocabulary.pod_labels)
    port_names = frozenset((*vocabulary.port_names, *vocabulary.source_names))
    counted = frozenset(vocabulary.names_counted)
    blocks = BlockIndex(vocabulary.blocks)
    named, hosts = _names_by_namespace(vocabulary.pods), by_node(vocabulary.hosts)
    standing = behind_nodes(hosts, vocabulary.passages) if vocabulary.passages else {}
    grouped: dict[tuple[object, ...], list[int]] = defaultdict(list)
    passing: dict[int, _Passed] = {}
    known: dict[object, object] = {}
    for place, workload in enumerate(cluster.workloads):
        written = workload.labels, workload.ports, workload.init_ports
        told = known.get(written)
        if told is None:  # many pods are written alike
            labels = tuple(pair for pair in workload.labels if pair[0] in keys)
            ports = frozenset(p for p in workload.ports if p.name in port_names)
            more = frozenset(p for p in workload.init_ports if p.name in counted)
            told = known[written] = labels, ports | more
        names = named.get(workload.namespace)
        passed = _passing(workload, hosts, standing)
        key = (
            workload.namespace,
            told,
            workload.host_network,
            # Which blocks hold the addresses tells their families as well.
            blocks.signature(workload.addresses) or families_of(workload.addresses),
            names and frozenset(one for one in names if bears(workload, one)),
            _account_signature(workload, vocabulary),
            passed,
        )
        grouped[key].append(place)
        if passed is not _NONE:
            passing[place] = passed
    listed = cluster.workloads
    ordered = sorted(grouped.values(), key=lambda places: listed[places[0]].namespace)
    return tuple(
        _pod_class(number, listed, places, vocabulary, passing.get(places[0], _NONE))
        for number, places in enumerate(ordered)
    )


def _pod_class(
    number: int,
    listed: Sequence[Workload],
    places: Sequence[int],
    vocabulary: Vocabulary,
    passed: _Passed,
) -> PodClass:
    members = [listed[place] for place in places]
    first = members[0]
    keys = {key for key, _ in vocabulary.pod_labels}
    port_names = {*vocabulary.port_names, *vocabulary.source_names}
    nodes = {member.node for member in members}
    return PodClass(
        number,
        first.namespace,
        {key: value for key, value in first.labels if key in keys},
        (
            *(port for port in first.ports if port.name in port_names),
            *(port for port in first.init_ports if port.name in vocabulary.names_counted),
        ),
        first.host_network,
        families_of(first.addresses),
        addresses_by_family(first.addresses) if vocabulary.blocks else {},
        frozenset(name for name in vocabulary.pods if bears(first, name)),
        nodes.pop() if len(nodes) == 1 else None,
        tuple(members),
        tuple(places),
        sum(member.replicas for member in members),
        first.service_account if vocabulary.accounts is not None else "",
        account_labels(first, vocabulary),
        *passed,
        of_node=_of_every_node(members),
    )


def _of_every_node(members: Sequence[Workload]) -> frozenset[str]:
    """The addresses that the node of each of the workloads states; mostly none if these differ."""
    last = members[0].node_addresses
    common = frozenset(last)
    for one in members:
        if not common:
            break
        if one.node_addresses is not last:
            last = one.node_addresses
            common = common.intersection(last)
    return common


def _passing(
    workload: Workload, hosts: HostsByNode, standing: Mapping[str | None, Behind]
) -> _Passed:
    """The host endpoint that a pod on its node's network passes, or that of others may pass."""
    if workload.host_network:
        host = passed_by(workload, hosts) if hosts else None
        return _NONE if host is None else (host.name, expected_in(workload, host), NOTHING)
    found = standing.get(workload.node, NOTHING)
    return _NONE if found == NOTHING else ("", frozenset(), found)


def _account_signature(workload: Workload, vocabulary: Vocabulary) -> object:
    """Equal for two workloads iff nothing mentioned tells their service accounts apart."""
    if vocabulary.accounts is None:
        return None
    name = workload.service_account
    known: object = name
    if name not in vocabulary.accounts:
        known = kind_of(name, vocabulary.account_name_tests)
    return known, tuple(account_labels(workload, vocabulary).items())


def account_labels(workload: Workload, vocabulary: Vocabulary) -> dict[str, str]:
    """The mentioned labels that the workload's service account hands on (D.15)."""
    if len(workload.service_account) > LONGEST_LABEL:
        return {}
    keys = {key for key, _ in vocabulary.account_labels}
    return {key: value for key, value in workload.account_labels if key in keys}


def addresses_by_family(addresses: Iterable[str]) -> dict[Family, int]:
    """The first address of each family, as an unsigned number."""
    found: dict[Family, int] = {}
    for text in addresses:
        family, value = number_of(text)
        found.setdefault(family, value)
    return found


def number_of(address: str) -> tuple[Family, int]:
    """An address in canonical form; ten times as fast as `ipaddress`, which counts here."""
    if ":" in address:
        return Family.IPV6, int.from_bytes(inet_pton(AF_INET6, address))
    return Family.IPV4, int.from_bytes(inet_pton(AF_INET, address))


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """Known addresses as numbers in order, each with a namespace of a pod that has it.

    `places` are those of the addresses in a block, once they were asked for.
    """

    values: dict[Family, list[int]]
    namespaces: dict[Family, list[str]]
    places: dict[str, tuple[Family, slice]] = dataclasses.field(default_factory=dict, compare=False)

    def within(self, block: str) -> tuple[Family, slice]:
        """Which of the addresses are in the block."""
        if block not in self.places:
            network = ip_network(block)
            family = Family(network.version)
            first = bisect_left(self.values[family], int(network.network_address))
            last = bisect_right(self.values[family], int(network.broadcast_address))
            self.places[block] = family, slice(first, last)
        return self.places[block]

    def among(self, blocks: Iterable[str]) -> dict[Family, list[int]]:
        """The addresses that some block holds, in order."""
        found: dict[Family, set[int]] = {family: set() for family in Family}
        for block in blocks if any(self.values.values()) else ():
            family, places = self.within(block)
            found[family].update(self.values[family][places])
        return {family: sorted(values) for family, values in found.items()}

    def owners(self, block: str) -> frozenset[str]:
        """The namespaces of pods with an address in the block."""
        family, places = self.within(block)
        return frozenset(self.namespaces[family][places])

    def has(self, family: Family, address: int) -> bool:
        """Whether some pod has the address."""
        values = self.values[family]
        at = bisect_left(values, address)
        return at < len(values) and values[at] == address


@dataclasses.dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of all pods, and of those that are not on their node's network (A.45).

    `merged` and `rooms` hold what stages of one cluster share, by the mentioned blocks: those
    addresses that some block holds, in few blocks, and how many addresses the blocks leave alike.
    """

    of_all: Known
    off_nodes: Known
    merged: dict[tuple[str, ...], tuple[list[str], list[str]]] = dataclasses.field(
        default_factory=dict, compare=False
    )
    rooms: dict[tuple[str, ...], Room] = dataclasses.field(default_factory=dict, compare=False)

    def room(self, vocabulary: Vocabulary) -> Room:
        """What the mentioned blocks leave alike of all addresses."""
        blocks = vocabulary.blocks
        if blocks not in self.rooms:
            self.rooms[blocks] = Room(
                blocks, self.of_all.values, addresses_of_hosts(vocabulary.hosts)
            )
        return self.rooms[blocks]


def addresses_of(workloads: Sequence[Workload]) -> Addresses:
    """The pods' addresses, the first of each family of each pod."""
    known = known_addresses(workloads)
    if not any(one.host_network for one in workloads):
        return Addresses(known, known)
    return Addresses(known, known_addresses(one for one in workloads if not one.host_network))


def known_addresses(workloads: Iterable[Workload]) -> Known:
    """The addresses of the pods."""
    found: dict[Family, list[tuple[int, str]]] = {family: [] for family in Family}
    for workload in workloads:
        for family, address in addresses_by_family(workload.addresses).items():
            found[family].append((address, workload.namespace))
    for pairs in found.values():
        pairs.sort()
    return Known(
        {family: [value for value, _ in pairs] for family, pairs in found.items()},
        {family: [owner for _, owner in pairs] for family, pairs in found.items()},
    )


def known_of_hosts(hosts: Iterable[HostEndpoint]) -> Known:
    """The addresses that host endpoints expect as known ones, which are in no namespace."""
    values = {family: sorted(found) for family, found in addresses_of_hosts(hosts).items()}
    return Known(values, {family: [""] * len(found) for family, found in values.items()})


def families_of(addresses: Iterable[str]) -> frozenset[Family]:
    """The families of some addresses."""
    return frozenset(Family.IPV6 if ":" in text else Family.IPV4 for text in addresses)


def bears(workload: Workload, name: PodNamed) -> bool:
    """Whether the workload, or the owner of the pod, has the name."""
    if workload.namespace != name.namespace:
        return False
    return any(
        own == name.name and name.kind in (None, kind)
        for kind, own in ((workload.kind, workload.name), workload.owner or ("", ""))
    )


def _names_by_namespace(names: Iterable[PodNamed]) -> dict[str, list[PodNamed]]:
    found: dict[str, list[PodNamed]] = defaultdict(list)
    for name in names:
        found[name.namespace].append(name)
    return found


class BlockIndex:
    """Which of many blocks hold an address, in one look-up per prefix length in use."""

    def __init__(self, blocks: Iterable[str]) -> None:
        self._blocks: dict[Family, dict[int, dict[int, int]]] = {f: {} for f in Family}
        self._empty = True
        for number, text in enumerate(blocks):
            block = ip_network(text)
            self._empty = False
            length = block.prefixlen
            value = int(block.network_address) >> (block.max_prefixlen - length)
            self._blocks[Family(block.version)].setdefault(length, {})[value] = number

    def signature(self, addresses: tuple[str, ...]) -> object:
        """Equal for two sets of addresses iff no block tells them apart."""
        if self._empty or not addresses:
            return None
        found = addresses_by_family(addresses)
        return frozenset([(family, self.holding(family, found[family])) for family in found])

    def holding(self, family: Family, address: int) -> tuple[int, ...]:
        """The numbers of the blocks that hold the address."""
        width = 32 if family is Family.IPV4 else 128
        found: list[int] = []
        for length, values in self._blocks[family].items():
            number = values.get(address >> (width - length))
            if number is not None:
                found.append(number)
        return tuple(found)
