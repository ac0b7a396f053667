"""Planted errors in worlds, classes and claims, and the claims whose verdicts notice them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any

from tests.mutants import Function, Mutant, mutant

from netproof_encodings.decision.conditions import subject_end
from netproof_encodings.decision.folding import decided
from netproof_encodings.logic.terms import Term, Terms
from netproof_encodings.lowering import Tiers
from netproof_encodings.meaning import claims as claim_terms
from netproof_encodings.meaning import (
    connections,
    labels,
    namespaces,
    open_worlds,
    own_nodes,
    ports,
    snapshot,
    spaces,
    taken_addresses,
    worlds,
)
from netproof_encodings.meaning.connections import InTerms
from netproof_encodings.meaning.labels import ABSENT, LabelSpace
from netproof_encodings.meaning.ports import PROTOCOL_CODES, PortSpace
from netproof_encodings.meaning.scenes import Scene
from netproof_encodings.meaning.spaces import ConnectionSpace, EndpointSpace, NamespaceSpace
from netproof_encodings.obligations import claims as obligations
from netproof_encodings.obligations.claims import Stage
from netproof_encodings.parts import members, pods, relevance
from netproof_encodings.parts.relevance import Way
from netproof_encodings.vocabulary import classes
from netproof_encodings.vocabulary.classes import PodClass
from netproof_encodings.vocabulary.mentioned import Vocabulary
from netproof_specs.claims import (
    AddressBlock,
    EndpointSet,
    PodNamed,
    PodsWhere,
    Ports,
)
from netproof_specs.model.cluster import Cluster, Namespace, Workload
from netproof_specs.model.labels import LabelSelector
from netproof_specs.model.traffic import Direction, PortRange, Protocol
from netproof_specs.worlds import World


def a_class_never_meets_itself(right: Function) -> Function:
    def two_pods(terms: Terms, space: ConnectionSpace, found: Sequence[PodClass]) -> Term:
        term: Term = right(terms, space, [replace(one, pods=1) for one in found])
        return term

    return two_pods


def a_pod_meets_itself(right: Function) -> Function:
    def two_pods(terms: Terms, space: ConnectionSpace, found: Sequence[PodClass]) -> Term:
        term: Term = right(terms, space, [replace(one, pods=2) for one in found])
        return term

    return two_pods


def own_nodes_are_in_scope(_: Function) -> Function:
    def two_nodes(terms: Terms, space: ConnectionSpace, found: Sequence[PodClass]) -> Term:
        return terms.true

    return two_nodes


def own_addresses_are_in_scope(_: Function) -> Function:
    def apart_from_own_nodes(*_: object) -> Iterator[Term]:
        return iter(())

    return apart_from_own_nodes


def addresses_never_run_out(_: Function) -> Function:
    def scarce(*_: object) -> tuple[str, ...]:
        return ()

    return scarce


def one_member_on_the_node_is_enough(_: Function) -> Function:
    def of_every_node(members: Sequence[Workload]) -> frozenset[str]:
        return frozenset(address for one in members for address in one.node_addresses)

    return of_every_node


def outer_addresses_may_be_those_of_pods(_: Function) -> Function:
    def outside(terms: Terms, end: EndpointSpace, taken: Sequence[str]) -> Term:
        return terms.true

    return outside


def kinds_are_ignored(right: Function) -> Function:
    def bears(workload: Workload, name: PodNamed) -> bool:
        return bool(right(workload, replace(name, kind=None)))

    return bears


def labels_are_left_out_of_classes(right: Function) -> Function:
    def classes_of(cluster: Cluster, vocabulary: Vocabulary) -> tuple[PodClass, ...]:
        found: tuple[PodClass, ...] = right(cluster, replace(vocabulary, pod_labels=()))
        return found

    return classes_of


def blocks_hold_no_pods(right: Function) -> Function:
    def member(
        terms: Terms, end: EndpointSpace, found: EndpointSet, of: Sequence[PodClass]
    ) -> Term:
        term: Term = right(terms, end, found, of)
        if not isinstance(found, AddressBlock):
            return term
        return terms.conjunction((term, terms.negation(end.pod)))

    return member


def pods_are_anything(right: Function) -> Function:
    def member(
        terms: Terms, end: EndpointSpace, found: EndpointSet, of: Sequence[PodClass]
    ) -> Term:
        term: Term = right(terms, end, found, of)
        return terms.true if found == PodsWhere() else term

    return member


def port_0_is_a_port(_: Function) -> Function:
    def legal(terms: Terms, space: PortSpace) -> Term:
        return terms.at_most(space.protocol, len(PROTOCOL_CODES) - 1)

    return legal


def claims_without_ports_are_about_tcp(right: Function) -> Function:
    def on_ports(terms: Terms, space: PortSpace, found: Ports) -> Term:
        term: Term = right(terms, space, found)
        return term if found else ports.uses(terms, space, Protocol.TCP)

    return on_ports


def declared_labels_are_free(_: Function) -> Function:
    def namespace_labels(
        terms: Terms, end: EndpointSpace, found: Sequence[Namespace]
    ) -> Iterator[Term]:
        return iter(())

    return namespace_labels


def undeclared_namespaces_have_no_labels(right: Function) -> Function:
    def any_pods(terms: Terms, space: ConnectionSpace, scene: Scene) -> Iterator[Term]:
        every = tuple(replace(one, declared=True) for one in scene.cluster.namespaces)
        cluster = replace(scene.cluster, namespaces=every)
        return iter(right(terms, space, replace(scene, cluster=cluster)))

    return any_pods


def there_is_no_other_value(_: Function) -> Function:
    def in_range(terms: Terms, space: LabelSpace) -> Term:
        return terms.conjunction(terms.at_most(key.bits, key.other - 1) for key in space.values())

    return in_range


def every_key_is_there(right: Function) -> Function:
    def in_range(terms: Terms, space: LabelSpace) -> Term:
        present = (terms.negation(terms.equals(key.bits, ABSENT)) for key in space.values())
        return terms.conjunction((right(terms, space), *present))

    return in_range


def pods_of_open_worlds_may_be_nodes(_: Function) -> Function:
    def any_pod(
        terms: Terms, space: ConnectionSpace, scene: Scene, end: EndpointSpace
    ) -> Iterator[Term]:
        yield terms.implication(end.pod, terms.negation(end.addressed))

    return any_pod


def pods_of_open_worlds_have_addresses(_: Function) -> Function:
    def address_assumed(terms: Terms, space: ConnectionSpace, end: EndpointSpace) -> Term:
        return end.addressed

    return address_assumed


def a_namespace_has_other_labels_for_each_end(_: Function) -> Function:
    def one_namespace(terms: Terms, space: ConnectionSpace) -> Term:
        return terms.true

    return one_namespace


def one_unmentioned_namespace_is_enough(right: Function) -> Function:
    def namespace_space(terms: Terms, prefix: str, vocabulary: Vocabulary) -> NamespaceSpace:
        space: NamespaceSpace = right(terms, prefix, vocabulary)
        return replace(space, others=space.others[:1])

    return namespace_space


def ingress_is_all_that_counts(right: Function) -> Function:
    def undecided_ends(on: Stage) -> dict[Direction, Term]:
        return {**right(on), Direction.EGRESS: on.terms.false}

    return undecided_ends


def what_is_allowed_is_left_open(_: Function) -> Function:
    def undecided(algebra: InTerms, tiers: Tiers, direction: Direction) -> Term:
        return decided(algebra, tiers[direction])

    return undecided


def nodes_are_nobodys_default(right: Function) -> Function:
    def undecided(algebra: InTerms, tiers: Tiers, direction: Direction) -> Term:
        end = algebra.space.end(subject_end(direction))
        return algebra.terms.conjunction((end.selectable, right(algebra, tiers, direction)))

    return undecided


def blocks_meet_in_larger_ones_only(_: Function) -> Function:
    def overlap(one: Any, other: Any) -> bool:
        return one.version == other.version and bool(other.subnet_of(one))

    return overlap


def the_last_port_is_left_out(right: Function) -> Function:
    def share_a_port(ports: Ports, found: PortRange) -> bool:
        return bool(right(tuple(replace(one, last=one.last - 1) for one in ports), found))

    return share_a_port


def isolation_is_one_way(right: Function) -> Function:
    def ways_of(*asked: Any) -> tuple[Way, ...]:
        return tuple(right(*asked)[:1])

    return ways_of


def every_namespace_is_declared(_: Function) -> Function:
    def is_stated(declared: bool, world: World) -> bool:
        return True

    return is_stated


def pods_have_no_addresses(right: Function) -> Function:
    def members_of(group: EndpointSet) -> Callable[[Workload], bool]:
        found: Callable[[Workload], bool] = right(group)
        return lambda pod: found(replace(pod, addresses=()))

    return members_of


def no_pod_is_selected(_: Function) -> Function:
    def is_selected(labels: Mapping[str, str], selector: LabelSelector) -> bool:
        return False

    return is_selected


def policies_select_no_pod(_: Function) -> Function:
    def can_meet(*_: object) -> bool:
        return False

    return can_meet


_PLANTED: tuple[tuple[ModuleType, str, Function, str], ...] = (
    (snapshot, "_two_pods", a_class_never_meets_itself, "replicas"),
    (snapshot, "_two_pods", a_pod_meets_itself, "one-pod"),
    (snapshot, "_two_nodes", own_nodes_are_in_scope, "own-node"),
    (worlds, "apart_from_own_nodes", own_addresses_are_in_scope, "address-of-the-own-node"),
    (own_nodes, "_scarce", addresses_never_run_out, "address-of-the-own-node"),
    (classes, "_of_every_node", one_member_on_the_node_is_enough, "address-of-one-of-two-nodes"),
    (taken_addresses, "outside", outer_addresses_may_be_those_of_pods, "address-of-a-pod"),
    (classes, "bears", kinds_are_ignored, "kind-of-a-name"),
    (classes, "classes_of", labels_are_left_out_of_classes, "labels-of-pods"),
    (claim_terms, "member", blocks_hold_no_pods, "block-of-pods"),
    (claim_terms, "member", pods_are_anything, "pods-and-others"),
    (ports, "legal", port_0_is_a_port, "every-port"),
    (ports, "on_ports", claims_without_ports_are_about_tcp, "udp-alone"),
    (namespaces, "namespace_labels", declared_labels_are_free, "declared-labels"),
    (open_worlds, "any_pods", undeclared_namespaces_have_no_labels, "undeclared-labels"),
    (labels, "in_range", there_is_no_other_value, "another-value"),
    (labels, "in_range", every_key_is_there, "absent-key"),
    (open_worlds, "_any_pod", pods_of_open_worlds_may_be_nodes, "no-nodes"),
    (taken_addresses, "address_assumed", pods_of_open_worlds_have_addresses, "no-addresses"),
    (
        namespaces,
        "one_namespace",
        a_namespace_has_other_labels_for_each_end,
        "one-namespace",
    ),
    (
        spaces,
        "_namespace_space",
        one_unmentioned_namespace_is_enough,
        "two-namespaces",
    ),
    (relevance, "_overlap", blocks_meet_in_larger_ones_only, "block-around-a-block"),
    (relevance, "_share_a_port", the_last_port_is_left_out, "first-of-ports"),
    (relevance, "ways_of", isolation_is_one_way, "both-ways"),
    (relevance, "is_stated", every_namespace_is_declared, "undeclared-labels"),
    (members, "members_of", pods_have_no_addresses, "block-of-pods"),
    (members, "is_selected", no_pod_is_selected, "labels-of-pods"),
    (pods, "can_meet", policies_select_no_pod, "address-of-a-pod"),
    (obligations, "undecided_ends", ingress_is_all_that_counts, "egress-by-default"),
    (connections, "undecided", what_is_allowed_is_left_open, "allowed-by-a-rule"),
    (connections, "undecided", nodes_are_nobodys_default, "default-of-a-node"),
)
WORLD_MUTANTS: tuple[Mutant, ...] = tuple(
    mutant(module.__name__, name, error, asked) for module, name, error, asked in _PLANTED
)
"""Each is killed by the claim of `ASKED` that it names: another verdict, or no replay."""
