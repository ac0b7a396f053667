"""One symbolic connection and the decision on it; the twin of `netproof.oracle.connections`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from netproof_encodings.addresses import AddressSpace, address_space, in_block
from netproof_encodings.labels import LabelSpace, label_space, selected
from netproof_encodings.ports import PortSpace, port_matches, port_space
from netproof_encodings.terms import Bits, Term, Terms
from netproof_encodings.tiers import (
    Action,
    BlockMatch,
    Match,
    PeerMatch,
    PodMatch,
    Presence,
    Rule,
    Tier,
    TierPolicy,
    Unmatched,
)
from netproof_encodings.vocabulary import Vocabulary, can_be_namespace
from netproof_specs.assumptions import Assumption
from netproof_specs.model.labels import NAME_LABEL, LabelSelector, Operator, Requirement
from netproof_specs.model.traffic import Direction


@dataclass(frozen=True, slots=True)
class NamespaceSpace:
    """The namespace of one endpoint: its name by code, and its mentioned labels.

    The codes of `names` are known names; `others` more codes stand for names not mentioned.
    """

    name: Bits
    names: Mapping[str, int]
    others: int
    labels: LabelSpace


@dataclass(frozen=True, slots=True)
class EndpointSpace:
    """One end of the connection.

    `pod` is true iff it is a pod (else an external address), `host_network` iff that pod uses
    its node's network, `addressed` iff it has an address that an ipBlock can be held against.
    `selectable` is true iff policies treat it as a pod.
    """

    prefix: str
    pod: Term
    host_network: Term
    addressed: Term
    selectable: Term
    namespace: NamespaceSpace
    labels: LabelSpace
    address: AddressSpace


@dataclass(frozen=True, slots=True)
class ConnectionSpace:
    """The symbols of a connection, and those of the assumptions that it is decided under."""

    source: EndpointSpace
    destination: EndpointSpace
    ports: PortSpace
    assumptions: Mapping[Assumption, Term]

    @property
    def ends(self) -> tuple[EndpointSpace, EndpointSpace]:
        """Source and destination."""
        return self.source, self.destination


OTHER_NAMESPACES = 2
"""A connection has two ends, so two namespaces that nothing mentions are enough."""


def connection_space(terms: Terms, vocabulary: Vocabulary) -> ConnectionSpace:
    """The symbols of one connection over a vocabulary."""
    assumptions = {one: terms.symbol(f"assume.{one.value}") for one in Assumption}
    source = _endpoint_space(terms, "src", vocabulary, assumptions)
    destination = _endpoint_space(terms, "dst", vocabulary, assumptions)
    ports = port_space(terms, vocabulary.port_names, destination.selectable)
    return ConnectionSpace(source, destination, ports, assumptions)


def _endpoint_space(
    terms: Terms, prefix: str, vocabulary: Vocabulary, assumptions: Mapping[Assumption, Term]
) -> EndpointSpace:
    pod = terms.symbol(f"{prefix}.pod")
    host = terms.symbol(f"{prefix}.host-network")
    as_pod = terms.disjunction((terms.negation(host), assumptions[Assumption.HOST_NETWORK]))
    return EndpointSpace(
        prefix,
        pod,
        host,
        terms.symbol(f"{prefix}.addressed"),
        terms.define(f"{prefix}.selectable", terms.conjunction((pod, as_pod))),
        _namespace_space(terms, prefix, vocabulary),
        label_space(terms, f"{prefix}.label", vocabulary.pod_labels),
        address_space(terms, prefix),
    )


def _namespace_space(terms: Terms, prefix: str, vocabulary: Vocabulary) -> NamespaceSpace:
    names = {name: code for code, name in enumerate(vocabulary.namespaces)}
    width = (len(names) + OTHER_NAMESPACES - 1).bit_length()
    labels = tuple(one for one in vocabulary.namespace_labels if one[0] != NAME_LABEL)
    return NamespaceSpace(
        terms.vector(f"{prefix}.namespace", width),
        names,
        OTHER_NAMESPACES,
        label_space(terms, f"{prefix}.namespace-label", labels),
    )


def namespace_selected(terms: Terms, space: NamespaceSpace, selector: LabelSelector) -> Term:
    """True iff the namespace's labels, its automatic one among them, meet the selector (A.25)."""
    named = [one for one in selector.requirements if one.key == NAME_LABEL]
    labelled = tuple(one for one in selector.requirements if one.key != NAME_LABEL)
    return terms.conjunction(
        (
            *(_name_meets(terms, space, one) for one in named),
            selected(terms, space.labels, LabelSelector(labelled)),
        )
    )


def _name_meets(terms: Terms, space: NamespaceSpace, requirement: Requirement) -> Term:
    values = filter(can_be_namespace, requirement.values)
    among = terms.one_of(space.name, (space.names[value] for value in values))
    match requirement.operator:
        case Operator.IN:
            return among
        case Operator.NOT_IN:
            return terms.negation(among)
        case Operator.EXISTS:
            return terms.true
        case Operator.DOES_NOT_EXIST:
            return terms.false
        case _:
            assert_never(requirement.operator)


def pods_match(terms: Terms, end: EndpointSpace, match: PodMatch) -> Term:
    """True iff names and labels of the end, which must be a pod, fit; see `peer_matches`."""
    parts = []
    if match.namespace is not None:
        code = end.namespace.names[match.namespace]
        parts.append(terms.equals(end.namespace.name, code))
    if match.namespaces is not None:
        parts.append(namespace_selected(terms, end.namespace, match.namespaces))
    if match.pods is not None:
        parts.append(selected(terms, end.labels, match.pods))
    return terms.conjunction(parts)


def applies(terms: Terms, end: EndpointSpace, policy: TierPolicy) -> Term:
    """True iff the policy is there and its subject includes the end (A.1, A.45).

    `here.N` says that policy N is there: free in an obligation's core, true otherwise.
    """
    free = policy.presence is Presence.FREE
    here = terms.symbol(here_name(policy.index)) if free else terms.true
    subject = pods_match(terms, end, policy.subject)
    name = f"{policy.direction.value.lower()}.{policy.index}.applies"
    return terms.define(name, terms.conjunction((here, end.selectable, subject)))


def here_name(index: int) -> str:
    """The symbol that says that the policy of that index is there."""
    return f"here.{index}"


def peer_matches(
    terms: Terms, space: ConnectionSpace, end: EndpointSpace, peer: PeerMatch
) -> Term:
    """True iff the other end is one that the peer names (A.17)."""
    match peer:
        case PodMatch():
            return terms.conjunction((end.selectable, pods_match(terms, end, peer)))
        case BlockMatch(cidr, excepts):
            inside = in_block(terms, end.address, cidr, excepts)
            return terms.conjunction((_block_sees(terms, space, end), inside))
        case _:
            assert_never(peer)


def _block_sees(terms: Terms, space: ConnectionSpace, end: EndpointSpace) -> Term:
    """Whether ipBlocks are held against the end's address: a pod's is an assumption (A.29)."""
    as_pods = space.assumptions[Assumption.IPBLOCK_MATCHES_PODS]
    pod = terms.disjunction((terms.negation(end.selectable), as_pods))
    return terms.define(f"{end.prefix}.in-blocks", terms.conjunction((end.addressed, pod)))


def rule_matches(terms: Terms, space: ConnectionSpace, end: EndpointSpace, match: Match) -> Term:
    """True iff the other end and the port both match (A.14)."""
    parts = []
    if match.peers is not None:
        parts.append(
            terms.disjunction(peer_matches(terms, space, end, peer) for peer in match.peers)
        )
    if match.ports is not None:
        parts.append(
            terms.disjunction(port_matches(terms, space.ports, port) for port in match.ports)
        )
    return terms.conjunction(parts)


def side_allows(
    terms: Terms,
    space: ConnectionSpace,
    tiers: Sequence[Tier],
    direction: Direction,
    prefix: str = "",
) -> Term:
    """True iff the tiers of the direction admit the connection at its subject's end.

    An end that no policy can select is admitted, as no policy applies to it (section 0).
    `prefix` goes before the name of the definition, where a script holds several sets of tiers.
    """
    egress = direction is Direction.EGRESS
    subject = space.source if egress else space.destination
    other = space.destination if egress else space.source
    decision = terms.true
    for tier in reversed(tiers):
        if tier.direction is direction:
            decision = _tier_decides(terms, space, (subject, other), tier, decision)
    return terms.define(f"{prefix}{direction.value.lower()}.allowed", decision)


def _tier_decides(
    terms: Terms,
    space: ConnectionSpace,
    ends: tuple[EndpointSpace, EndpointSpace],
    tier: Tier,
    later: Term,
) -> Term:
    """The decision of the tier: the first rule that matches decides, in order, else `unmatched`.

    Rules fold from the last to the first; `admit` collects neighbours that allow, since between
    them the order does not matter, so that a tier of allow rules is one flat disjunction.
    """
    subject, other = ends
    undecided = later
    if tier.unmatched is Unmatched.DENY:
        selecting = terms.disjunction(applies(terms, subject, one) for one in tier.policies)
        undecided = terms.conjunction((terms.negation(selecting), later))
    admit: list[Term] = []
    for policy in reversed(tier.policies):
        active = applies(terms, subject, policy)
        allowing: list[Term] = []
        for rule in reversed(policy.rules):
            matches = rule_matches(terms, space, other, rule.match)
            if rule.action is Action.ALLOW:
                allowing.append(matches)
                continue
            admit.append(terms.conjunction((active, terms.disjunction(reversed(allowing)))))
            undecided = terms.disjunction((*reversed(admit), undecided))
            admit, allowing = [], []
            undecided = _otherwise(terms, (active, matches), rule, undecided, later)
        admits = terms.conjunction((active, terms.disjunction(reversed(allowing))))
        name = f"{policy.direction.value.lower()}.{policy.index}.admits"
        admit.append(terms.define(name, admits))
    return terms.disjunction((*reversed(admit), undecided))


def _otherwise(
    terms: Terms, active_and_matches: tuple[Term, Term], rule: Rule, rest: Term, later: Term
) -> Term:
    """`rest`, unless the rule matches: then deny, or what the later tiers say."""
    decides = terms.conjunction(active_and_matches)
    miss = terms.conjunction((terms.negation(decides), rest))
    if rule.action is Action.DENY:
        return miss
    return terms.disjunction((terms.conjunction((decides, later)), miss))


def allowed(
    terms: Terms, space: ConnectionSpace, tiers: Sequence[Tier], prefix: str = ""
) -> Term:
    """True iff both sides admit the connection (A.7)."""
    both = (side_allows(terms, space, tiers, direction, prefix) for direction in Direction)
    return terms.define(f"{prefix}allowed", terms.conjunction(both))
