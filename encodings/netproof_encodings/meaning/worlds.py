"""What a connection can be: the constraints of each world (docs/worlds.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from typing import assert_never

from netproof_encodings.decision.tiers import End
from netproof_encodings.logic.terms import Bits, Term, Terms
from netproof_encodings.meaning.addresses import in_block
from netproof_encodings.meaning.labels import carries, in_range
from netproof_encodings.meaning.ports import legal, uses
from netproof_encodings.meaning.spaces import AccountSpace, ConnectionSpace, EndpointSpace
from netproof_encodings.parts.atlas import Atlas
from netproof_encodings.parts.extents import EVERYTHING, Extent, Held
from netproof_encodings.parts.members import members_of
from netproof_encodings.vocabulary.classes import (
    Addresses,
    PodClass,
    addresses_of,
    classes_of,
    known_of_hosts,
)
from netproof_encodings.vocabulary.mentioned import (
    LONGEST_LABEL,
    Vocabulary,
    with_accounts,
    with_hosts,
)
from netproof_specs.assumptions import Assumption
from netproof_specs.model.cluster import Cluster, Namespace
from netproof_specs.model.labels import NAME_LABEL
from netproof_specs.model.traffic import Family
from netproof_specs.worlds import World


@dataclass(frozen=True, slots=True)
class Scene:
    """A world over a cluster; `classes` are those of the cluster's pods over the vocabulary.

    Of a scene that does not hold the whole cluster, they are the classes of the pods that it
    holds at some end. `addresses` are those of all pods.
    """

    world: World
    cluster: Cluster
    vocabulary: Vocabulary
    classes: tuple[PodClass, ...]
    addresses: Addresses
    extent: Extent = EVERYTHING


def scene_of(world: World, cluster: Cluster, vocabulary: Vocabulary) -> Scene:
    """The scene of a world, with the pods in classes."""
    told = _told_apart(world, cluster, vocabulary)
    addresses = addresses_of(cluster.workloads)
    return Scene(world, cluster, told, classes_of(cluster, told), addresses)


def _told_apart(world: World, cluster: Cluster, vocabulary: Vocabulary) -> Vocabulary:
    """What the world tells apart: in `any-pods` also the declared service accounts.

    Their names count as mentioned, since they have labels.
    """
    if world is not World.ANY_CLUSTER:
        vocabulary = with_hosts(vocabulary, cluster.hosts)
    if world is not World.ANY_PODS:
        return vocabulary
    return with_accounts(vocabulary, (one.name for one in cluster.accounts))


def part_of(atlas: Atlas, world: World, extent: Extent) -> Scene:
    """The scene of a world that holds so much of the cluster."""
    sides = [extent.at(end) for end in End]
    names = frozenset(atlas.pods)
    if all(held is not None for held in sides):
        names &= frozenset().union(*(held.namespaces for held in sides if held is not None))
    told = _told_apart(world, atlas.cluster, atlas.vocabulary)
    classes = _classes_in(atlas, world, told, names)
    return Scene(world, atlas.cluster, told, classes, atlas.addresses, extent)


def _classes_in(
    atlas: Atlas, world: World, told: Vocabulary, names: frozenset[str]
) -> tuple[PodClass, ...]:
    """The classes of the pods of the namespaces, which other stages of the world share.

    No class spans namespaces, so that only their numbers depend on what else is held.
    """
    missing = [name for name in names if (world, name) not in atlas.classes]
    if missing:
        pods = atlas.workloads_of(missing)
        atlas.classes.update(((world, name), []) for name in missing)
        for one in classes_of(replace(atlas.cluster, workloads=pods), told):
            atlas.classes[world, one.namespace].append(one)
    listed = (one for name in sorted(names) for one in atlas.classes[world, name])
    return tuple(replace(one, number=number) for number, one in enumerate(listed))


def world_constraints(terms: Terms, space: ConnectionSpace, scene: Scene) -> list[Term]:
    """Terms that hold together iff the symbols describe a connection of the world."""
    return [
        legal(terms, space.ports),
        terms.disjunction(end.inside(terms) for end in space.ends),
        *(term for end in space.ends for term in _endpoint_constraints(terms, end)),
        *(term for end in space.ends for term in _host_constraints(terms, space, end)),
        *_two_hosts(terms, space, scene),
        # Where no block tells addresses apart, there always are two.
        *([_two_addresses(terms, space)] if scene.vocabulary.blocks else ()),
        *_world(terms, space, scene),
    ]


def general_constraints(terms: Terms, space: ConnectionSpace) -> list[Term]:
    """What holds of every connection of every world, under every assumption."""
    return [
        legal(terms, space.ports),
        terms.disjunction(end.inside(terms) for end in space.ends),
        *(term for end in space.ends for term in _endpoint_constraints(terms, end)),
        *(term for end in space.ends for term in _host_constraints(terms, space, end)),
        *(_known_or_other(terms, end) for end in space.ends),
        _one_namespace(terms, space),
        *_one_account(terms, space),
    ]


def _known_or_other(terms: Terms, end: EndpointSpace) -> Term:
    """True iff the code of the end's namespace stands for some name."""
    last = len(end.namespace.names) + end.namespace.others - 1
    return terms.at_most(end.namespace.name, last)


def _endpoint_constraints(terms: Terms, end: EndpointSpace) -> Iterator[Term]:
    """What holds of an end in every world: codes in range, an external address has an address."""
    yield in_range(terms, end.labels)
    yield in_range(terms, end.namespace.labels)
    if end.account is not None:
        yield from _account_in_range(terms, end.account)
    inside = end.inside(terms)
    yield terms.disjunction((inside, end.addressed))
    yield terms.implication(end.host_network, end.pod)
    yield terms.implication(end.supplied, terms.conjunction((inside, end.addressed)))


def _host_constraints(
    terms: Terms, space: ConnectionSpace, end: EndpointSpace
) -> Iterator[Term]:
    """What holds of an end that may be a host endpoint: it is no pod, and has its address.

    One that expects none of the family has an address just where that is assumed, as a pod (A.29).
    """
    if end.host is None:
        return
    yield terms.at_most(end.host.number, len(end.host.points))
    yield terms.implication(end.pod, terms.negation(end.is_host(terms)))
    # Only pods on their node's network pass a host endpoint (D.1).
    yield terms.at_most(end.host.passed, len(end.host.names))
    passing = terms.negation(terms.equals(end.host.passed, 0))
    yield terms.implication(passing, end.host_network)
    yield terms.implication(end.host.expected, passing)
    for one in end.host.points:
        parts = [end.address.uses(terms, one.family)]
        if one.address is None:
            parts.append(_address_assumed(terms, space, end))
        else:
            known = terms.equals(end.address.bits[one.family], one.address)
            parts += [known, end.addressed, terms.negation(end.supplied)]
        yield terms.implication(end.is_host_among(terms, [one]), terms.conjunction(parts))


def _two_hosts(terms: Terms, space: ConnectionSpace, scene: Scene) -> Iterator[Term]:
    """True iff no end is a host endpoint of the node that the other end is on (A.42, A.43)."""
    source, destination = space.ends
    for node in sorted({one.node for one in scene.vocabulary.hosts}):
        for one, other in ((source, destination), (destination, source)):
            is_host = _host_on(terms, one, node)
            there = [_host_on(terms, other, node)]
            if scene.world is World.SNAPSHOT:
                there.append(_on_node(terms, other, scene.classes, node))
            yield terms.negation(terms.conjunction((is_host, terms.disjunction(there))))


def _host_on(terms: Terms, end: EndpointSpace, node: str) -> Term:
    """True iff the end is a host endpoint of the node."""
    points = () if end.host is None else end.host.points
    return end.is_host_among(terms, (one for one in points if one.host.node == node))


def _account_in_range(terms: Terms, account: AccountSpace) -> Iterator[Term]:
    """A code for a name, and codes for labels; a name too long for a label hands on none (D.15)."""
    yield terms.at_most(account.name, account.too_long)
    yield in_range(terms, account.labels)
    yield terms.disjunction((account.handing_on(terms), carries(terms, account.labels, {})))


def _two_addresses(terms: Terms, space: ConnectionSpace) -> Term:
    """True iff no end is supplied with the other's address, unless both are on nodes' networks.

    Two endpoints have two addresses, but for hostNetwork pods of one node (A.29, A.45).
    """
    source, destination = space.ends
    supplied = terms.disjunction(end.supplied for end in space.ends)
    addressed = terms.conjunction(end.addressed for end in space.ends)
    hosts = terms.conjunction(end.host_network for end in space.ends)
    one = terms.disjunction(
        terms.conjunction(
            (
                source.address.uses(terms, family),
                terms.same(source.address.bits[family], destination.address.bits[family]),
            )
        )
        for family in Family
    )
    return terms.disjunction(
        (hosts, terms.negation(terms.conjunction((supplied, addressed, one))))
    )


def _world(terms: Terms, space: ConnectionSpace, scene: Scene) -> Iterator[Term]:
    match scene.world:
        case World.SNAPSHOT:
            yield from _snapshot(terms, space, scene)
        case World.ANY_PODS:
            yield from _any_pods(terms, space, scene)
            taken = _blocks_of(_of_hosts(scene))
            for end in space.ends:
                yield _outside(terms, end, taken)
                yield from _of_nobody_else(terms, end, taken, taken)
        case World.ANY_CLUSTER:
            yield from _any_cluster(terms, space)
        case _:
            assert_never(scene.world)


def _snapshot(terms: Terms, space: ConnectionSpace, scene: Scene) -> Iterator[Term]:
    """Pods are members of classes; two ends are two pods; a pod and its node are left out."""
    taken, of_pods = _taken_in(scene)
    for which, end in zip(End, space.ends, strict=True):
        yield from _namespace_labels(terms, end, _stated(scene, which))
        yield _member_of(terms, space, end, scene, which)
        yield _outside(terms, end, taken)
        yield from _of_nobody_else(terms, end, taken, of_pods)
    yield _two_pods(terms, space, scene.classes)
    yield _two_nodes(terms, space, scene.classes)


def _taken_in(scene: Scene) -> tuple[list[str], list[str]]:
    """The addresses of host endpoints and of pods, then without pods on nodes' networks, in blocks.

    To merge them takes time in proportion to the cluster, which stages share.
    """
    blocks, merged = scene.vocabulary.blocks, scene.addresses.merged
    if blocks not in merged:
        hosts = _of_hosts(scene)
        known = (one.among(blocks) for one in (scene.addresses.of_all, scene.addresses.off_nodes))
        taken, of_pods = (
            _blocks_of({family: [*pods[family], *hosts[family]] for family in Family})
            for pods in known
        )
        merged[blocks] = taken, of_pods
    return merged[blocks]


def _of_hosts(scene: Scene) -> dict[Family, list[int]]:
    """The addresses that host endpoints expect and some mentioned block holds."""
    return known_of_hosts(scene.vocabulary.hosts).among(scene.vocabulary.blocks)


def _any_pods(terms: Terms, space: ConnectionSpace, scene: Scene) -> Iterator[Term]:
    """Any pod in a known namespace; one that is not declared has any labels (A.52)."""
    for which, end in zip(End, space.ends, strict=True):
        declared = (one for one in _stated(scene, which) if one.declared)
        yield from _namespace_labels(terms, end, declared)
        known = terms.at_most(end.namespace.name, len(end.namespace.names) - 1)
        yield terms.implication(end.pod, known)
        yield from _any_pod(terms, space, end)
        yield from _declared_accounts(terms, end, scene.cluster)
    yield _one_namespace(terms, space)
    yield from _one_account(terms, space)


def _any_cluster(terms: Terms, space: ConnectionSpace) -> Iterator[Term]:
    """Any pod in any namespace with any labels; a namespace still has one set of labels."""
    for end in space.ends:
        yield _known_or_other(terms, end)
        yield from _any_pod(terms, space, end)
    yield _one_namespace(terms, space)
    yield from _one_account(terms, space)


def _any_pod(terms: Terms, space: ConnectionSpace, end: EndpointSpace) -> Iterator[Term]:
    """A pod that does not exist yet uses no host network and has no known address (A.29)."""
    yield terms.negation(end.host_network)
    yield terms.implication(end.pod, _address_assumed(terms, space, end))


def _address_assumed(terms: Terms, space: ConnectionSpace, end: EndpointSpace) -> Term:
    """True iff a pod of no known address is supplied with one just where that is assumed (A.29)."""
    assumed = space.assumptions[Assumption.UNKNOWN_POD_ADDRESSES]
    return terms.conjunction(
        (terms.equivalence(end.addressed, assumed), terms.equivalence(end.supplied, assumed))
    )


def _one_namespace(terms: Terms, space: ConnectionSpace) -> Term:
    """Two ends in a namespace of one name are in one namespace, so they see one set of labels."""
    source, destination = (end.namespace for end in space.ends)
    pairs = zip(source.labels.values(), destination.labels.values(), strict=True)
    return terms.implication(
        terms.same(source.name, destination.name),
        terms.conjunction(terms.same(one.bits, other.bits) for one, other in pairs),
    )


def _one_account(terms: Terms, space: ConnectionSpace) -> Iterator[Term]:
    """Two ends of one namespace and one mentioned account see one set of the account's labels."""
    (source, one), (destination, other) = ((end, end.account) for end in space.ends)
    if one is None or other is None or not one.labels:
        return
    pairs = zip(one.labels.values(), other.labels.values(), strict=True)
    alike = terms.conjunction(terms.same(left.bits, right.bits) for left, right in pairs)
    known = terms.one_of(one.name, one.names.values())
    shared = terms.conjunction(
        (
            terms.same(source.namespace.name, destination.namespace.name),
            terms.same(one.name, other.name),
            known,
        )
    )
    yield terms.implication(shared, alike)


def _declared_accounts(terms: Terms, end: EndpointSpace, cluster: Cluster) -> Iterator[Term]:
    """A service account of the input has the labels of its manifest; others have any (D.15)."""
    account = end.account
    if account is None or not account.labels:
        return
    for one in cluster.accounts:
        code = end.namespace.names.get(one.namespace)
        if code is not None and len(one.name) <= LONGEST_LABEL:
            there = terms.equals(end.namespace.name, code)
            named = terms.equals(account.name, account.names[one.name])
            labels = carries(terms, account.labels, dict(one.labels))
            yield terms.implication(terms.conjunction((there, named)), labels)


def _namespace_labels(
    terms: Terms, end: EndpointSpace, namespaces: Iterable[Namespace]
) -> Iterator[Term]:
    for namespace in namespaces:
        labels = {key: value for key, value in namespace.labels if key != NAME_LABEL}
        code = end.namespace.names[namespace.name]
        yield terms.implication(
            terms.equals(end.namespace.name, code), carries(terms, end.namespace.labels, labels)
        )


def _stated(scene: Scene, end: End) -> Iterator[Namespace]:
    """The namespaces of the cluster whose labels the scene states at the end."""
    held = scene.extent.at(end)
    if held is None or held.labels is None:
        return iter(scene.cluster.namespaces)
    labels = held.labels
    return (one for one in scene.cluster.namespaces if one.name in labels)


def _member_of(
    terms: Terms, space: ConnectionSpace, end: EndpointSpace, scene: Scene, which: End
) -> Term:
    """True iff the end, where it is a pod that the scene holds, is one of the classes."""
    classes = scene.classes
    by_namespace: dict[str, list[PodClass]] = defaultdict(list)
    can_be_there = _those_at(scene.extent.at(which))
    for one in classes:
        if scene.extent.holds(which, one.namespace) and can_be_there(one):
            by_namespace[one.namespace].append(one)
    parts = [
        terms.conjunction(
            (
                terms.equals(end.namespace.name, end.namespace.names[namespace]),
                terms.disjunction(
                    _in_class(terms, space, end, one, len(classes)) for one in members
                ),
            )
        )
        for namespace, members in by_namespace.items()
    ]
    unknown = _elsewhere(terms, space, end, scene, which)
    return terms.disjunction((terms.negation(end.pod), *parts, unknown))


def _those_at(held: Held | None) -> Callable[[PodClass], bool]:
    """Whether a class is there at an end; its members are alike in all that groups mention."""
    if held is None or held.among is None:
        return lambda _: True
    groups = [members_of(group) for group in held.among]
    return lambda one: any(belongs(one.members[0]) for belongs in groups)


def _elsewhere(
    terms: Terms, space: ConnectionSpace, end: EndpointSpace, scene: Scene, which: End
) -> Term:
    """True iff the end is a pod that is not held, with no known address where none of them has."""
    held = scene.extent.at(which)
    free = () if held is None else held.free
    inside = terms.disjunction(in_block(terms, end.address, one) for one in free)
    known = terms.conjunction((end.addressed, terms.negation(end.supplied), inside))
    assumed = space.assumptions[Assumption.UNKNOWN_POD_ADDRESSES]
    return terms.conjunction(
        (end.elsewhere, terms.negation(known), terms.implication(end.supplied, assumed))
    )


def class_bits(terms: Terms, prefix: str, count: int) -> Bits:
    """The symbol that holds the number of an end's class, of `count` classes."""
    return terms.vector(f"{prefix}.class", max(1, (count - 1).bit_length()))


def _in_class(
    terms: Terms, space: ConnectionSpace, end: EndpointSpace, one: PodClass, count: int
) -> Term:
    """True iff the end is like the members of the class, which the class number then tells."""
    number = terms.equals(class_bits(terms, end.prefix, count), one.number)
    return terms.conjunction((number, *class_profile(terms, space, end, one)))


def class_profile(
    terms: Terms, space: ConnectionSpace, end: EndpointSpace, one: PodClass
) -> Iterator[Term]:
    """What the members of a class have in common, but for namespace and number."""
    yield carries(terms, end.labels, one.labels)
    yield terms.equivalence(end.host_network, terms.constant(one.host_network))
    yield in_families(terms, end, one)
    if one.addresses:
        yield from _addresses(terms, end, one)
    else:
        yield _address_assumed(terms, space, end)
    if end is space.destination:
        yield from declared_ports(terms, space, one)
    yield from runs_as(terms, end, one)
    if end.host is not None:
        yield terms.equals(end.host.passed, end.host.names.get(one.host, 0))
        found = terms.disjunction(end.address.uses(terms, family) for family in one.expected)
        yield terms.equivalence(end.host.expected, found)


def runs_as(terms: Terms, end: EndpointSpace, one: PodClass) -> Iterator[Term]:
    """The service account of the members of the class, where something asks of accounts."""
    if end.account is not None:
        yield terms.equals(end.account.name, end.account.code_of(one.account))
        yield carries(terms, end.account.labels, one.account_labels)


def in_families(terms: Terms, end: EndpointSpace, one: PodClass) -> Term:
    """True iff the members can have connections of the family: any, if no address is known."""
    if not one.families or one.families == frozenset(Family):
        return terms.true
    return terms.disjunction(end.address.uses(terms, family) for family in one.families)


def _addresses(terms: Terms, end: EndpointSpace, one: PodClass) -> Iterator[Term]:
    """The class's address in each family in which it has one (A.27)."""
    known = terms.disjunction(end.address.uses(terms, family) for family in one.addresses)
    yield terms.equivalence(end.addressed, known)
    yield terms.negation(end.supplied)
    for family, value in one.addresses.items():
        yield terms.equals(end.address.bits[family], value)


def declared_ports(terms: Terms, space: ConnectionSpace, one: PodClass) -> Iterator[Term]:
    """Which mentioned names the connection's port has on a pod of the class (A.35, A.36)."""
    for name, declared in space.ports.declared.items():
        here = terms.disjunction(
            terms.conjunction(
                (
                    uses(terms, space.ports, port.protocol),
                    terms.equals(space.ports.port, port.port),
                )
            )
            for port in one.ports
            if port.name == name
        )
        yield terms.equivalence(declared, here)


def _outside(terms: Terms, end: EndpointSpace, taken: Sequence[str]) -> Term:
    """True iff the end is inside, or an address in none of the blocks `taken` by what is."""
    inside = terms.disjunction(in_block(terms, end.address, block) for block in taken)
    return terms.disjunction((end.inside(terms), terms.negation(inside)))


def _of_nobody_else(
    terms: Terms, end: EndpointSpace, taken: Sequence[str], of_pods: Sequence[str]
) -> Iterator[Term]:
    """What holds of an address that an assumption supplies: no other endpoint has it, as is known.

    A hostNetwork pod may have that of another one: both have their node's (A.45), so only the
    blocks `of_pods` are no choice for it. One on a node with host endpoints is refused.
    """
    for supplied, blocks in (
        (terms.conjunction((end.supplied, terms.negation(end.host_network))), taken),
        (terms.conjunction((end.supplied, end.host_network)), of_pods),
    ):
        inside = terms.disjunction(in_block(terms, end.address, block) for block in blocks)
        yield terms.negation(terms.conjunction((supplied, inside)))


def _blocks_of(taken: Mapping[Family, Sequence[int]]) -> list[str]:
    """Addresses that some mentioned block holds, merged into few blocks.

    An address in no mentioned block is as good as any other such address, and they never run
    out, so decoding picks one that no pod has.
    """
    fours = collapse_addresses(IPv4Network(value) for value in taken[Family.IPV4])
    sixes = collapse_addresses(IPv6Network(value) for value in taken[Family.IPV6])
    return [str(block) for block in (*fours, *sixes)]


def _two_pods(terms: Terms, space: ConnectionSpace, classes: Sequence[PodClass]) -> Term:
    """True iff the two ends are not the only pod of one class (A.41)."""
    source, destination = (
        class_bits(terms, end.prefix, len(classes)) for end in space.ends
    )
    alone = terms.one_of(source, (one.number for one in classes if one.pods == 1))
    both = terms.conjunction((*(_of_a_class(terms, end) for end in space.ends), alone))
    return terms.negation(terms.conjunction((both, terms.same(source, destination))))


def _of_a_class(terms: Terms, end: EndpointSpace) -> Term:
    """True iff the end is a pod that the scene holds: of no other the class number says a thing."""
    return terms.conjunction((end.pod, terms.negation(end.elsewhere)))


def _two_nodes(terms: Terms, space: ConnectionSpace, classes: Sequence[PodClass]) -> Term:
    """True iff the ends are not a pod and its own node (A.42, A.43).

    Classes that spread over nodes are left in: some member of one is on another node than some
    member of the other, and members cannot be told apart.
    """
    nodes = sorted({one.node for one in classes if one.host_network and one.node})
    own = [
        terms.conjunction(_on_node(terms, end, classes, node) for end in space.ends)
        for node in nodes
    ]
    as_pods = space.assumptions[Assumption.HOST_NETWORK]
    host = terms.disjunction(end.host_network for end in space.ends)
    return terms.disjunction(
        (as_pods, terms.negation(host), terms.negation(terms.disjunction(own)))
    )


def _on_node(
    terms: Terms, end: EndpointSpace, classes: Sequence[PodClass], node: str
) -> Term:
    bits = class_bits(terms, end.prefix, len(classes))
    there = terms.one_of(bits, (one.number for one in classes if one.node == node))
    return terms.conjunction((_of_a_class(terms, end), there))
