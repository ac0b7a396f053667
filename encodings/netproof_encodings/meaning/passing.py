"""What hosts let through of a symbolic connection; the twin of `netproof.oracle.forwarded`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from netproof_encodings.decision.conditions import End, Found, IsHost, subject_end
from netproof_encodings.decision.folding import Lean, decided_before, ties_of
from netproof_encodings.decision.tiers import Passage, Presence, Rule, TierPolicy
from netproof_encodings.logic.terms import Term
from netproof_encodings.meaning.connections import InTerms, Outcome, here_name, mixed
from netproof_specs.assumptions import Assumption
from netproof_specs.frozen import Frozen
from netproof_specs.model.traffic import Direction


def passing(algebra: InTerms, passages: Sequence[Passage]) -> Outcome:
    """The outcome at the hosts of both ends (D.37).

    Where it depends on the set-up whether a host is asked, or whether it accepts what its policies
    leave over, `sometimes` is true of what some set-up lets through, `always` of what each does.
    So it is with nodes and interfaces that are not known.
    """
    terms = algebra.terms
    any_set_up = algebra.space.assumptions[Assumption.CALICO_FORWARD]
    sometimes: list[Term] = []
    always: list[Term] = []
    for place, passage in enumerate(passages):
        gates = gates_of(algebra, passage, place)
        for end in Direction:
            passes = passes_at(algebra, end, place)
            sometimes.append(terms.implication(passes.surely, gates[end].accepting.sometimes))
            always.append(terms.implication(passes.outwards, gates[end].accepting.always))
            least = terms.conjunction(gates[way].at_worst(end, way).always for way in Direction)
            at_worst = terms.implication(passes.perhaps, least)
            always.append(terms.implication(any_set_up, at_worst))
    return Outcome(terms.conjunction(sometimes), terms.conjunction(always))


class Gate(Frozen):
    """What a host lets through in one direction, if it is asked.

    It depends on whether the host accepts what its policies leave over, or drops it.
    """

    accepting: Outcome
    dropping: Outcome

    def at_worst(self, end: Direction, direction: Direction) -> Outcome:
        """What it lets through at least of what passes the host at the end, in the direction.

        What a pod sends comes to policies for ingress first, and goes on to the pod's own.
        """
        return self.accepting if goes_on(end, direction) else self.dropping


def goes_on(end: Direction, direction: Direction) -> bool:
    """Whether a host hands what its policies leave over to those of the pod, and drops none."""
    return end is Direction.EGRESS and direction is Direction.INGRESS


def gates_of(algebra: InTerms, passage: Passage, place: int) -> Mapping[Direction, Gate]:
    """What the policies of the passage at that place say in each direction, seen from the host."""
    return {one: gate_of(algebra, passage, place, one) for one in Direction}


def gate_of(algebra: InTerms, passage: Passage, place: int, direction: Direction) -> Gate:
    """What they say in that direction."""
    way = _Way(algebra, passage, direction, f"forward.{place}")
    return Gate(way.if_open(), way.if_shut())


class Passes(Frozen):
    """Whether the connection passes the host of an end: `perhaps` in some set-up, and `outwards`
    where the other end is an address outside; then `surely` wherever the host is known.
    """

    surely: Term
    outwards: Term
    perhaps: Term


def passes_at(algebra: InTerms, end_of: Direction, place: int) -> Passes:
    """Whether the connection passes a host of the place at that end, which is the source of egress.

    Only pods have a host that lets their traffic through: not one on its node's network.
    """
    terms, which = algebra.terms, subject_end(end_of)
    end, other = algebra.space.end(which), algebra.space.end(which.opposite)
    if end.passing is None:
        return Passes(terms.false, terms.false, terms.false)
    pod = terms.conjunction((end.pod, terms.negation(end.host_network)))
    elsewhere = terms.negation(_is_of_its_node(algebra, which.opposite, end.passing.groups[place]))
    perhaps = terms.conjunction((pod, elsewhere, end.passing.perhaps(terms, place)))
    outwards = terms.conjunction((perhaps, terms.negation(other.inside(terms))))
    surely = terms.conjunction((outwards, end.passing.surely(terms, place)))
    return Passes(surely, outwards, perhaps)


def asked_at(algebra: InTerms, end_of: Direction, place: int, direction: Direction) -> Term:
    """Whether some set-up has a host of the place asked in the direction, for that end (D.37)."""
    terms = algebra.terms
    any_set_up = algebra.space.assumptions[Assumption.CALICO_FORWARD]
    passes = passes_at(algebra, end_of, place)
    in_some = terms.conjunction((passes.perhaps, any_set_up))
    return terms.disjunction((passes.outwards, in_some)) if direction is end_of else in_some


def _is_of_its_node(algebra: InTerms, which: End, group: Sequence[str]) -> Term:
    """Whether the end is a host endpoint of the one node that all of the group are of (D.1).

    A pod that runs there exchanges with it what no host passes on; of several nodes it may run on
    another one. So it may where the group has host endpoints that are none of the input.
    """
    space = algebra.space.end(which).host
    hosts = () if space is None else tuple(point.host for point in space.points)
    named = frozenset(group)
    nodes = {one.node for one in hosts if one.name in named}
    if len(nodes) != 1 or not named <= {one.name for one in hosts}:
        return algebra.terms.false
    names = tuple(sorted({one.name for one in hosts if one.node in nodes}))
    return algebra.matches(IsHost(which, names, Found.AS_SUBJECT))


class _Way(Frozen):
    """What passes a host in one direction: an algebra in which its policies select all of it."""

    inside: InTerms
    passage: Passage
    direction: Direction
    prefix: str

    def if_open(self) -> Outcome:
        """The outcome where the host accepts what its policies leave over."""
        return self._decided(self.inside.terms.true)

    def if_shut(self) -> Outcome:
        """The outcome where it accepts none of that, as soon as there are such policies."""
        terms = self.inside.terms
        there = terms.disjunction(map(self._is_here, self._every_policy()))
        return self._decided(terms.negation(there))

    def _decided(self, later: Term) -> Outcome:
        tiers = self.passage.tiers(self.direction)
        leans = tuple(Lean) if any(ties_of(tiers)) else (Lean.ORDERED,)
        return mixed(
            self.inside, {lean: decided_before(self, tiers, later, lean) for lean in leans}
        )

    def _every_policy(self) -> Iterator[TierPolicy]:
        for direction in Direction:
            for tier in self.passage.tiers(direction):
                yield from tier.policies

    def _is_here(self, policy: TierPolicy) -> Term:
        terms, free = self.inside.terms, policy.presence is Presence.FREE
        return terms.symbol(here_name(policy.index)) if free else terms.true

    def _name(self, policy: TierPolicy, what: str) -> str:
        return f"{self.prefix}.{self.direction.value.lower()}.{policy.index}.{what}"

    @property
    def everything(self) -> Term:
        """True of every connection."""
        return self.inside.everything

    @property
    def nothing(self) -> Term:
        """True of none."""
        return self.inside.nothing

    def either(self, parts: Sequence[Term]) -> Term:
        """True iff some part is."""
        return self.inside.either(parts)

    def both(self, left: Term, right: Term) -> Term:
        """True iff both are."""
        return self.inside.both(left, right)

    def without(self, part: Term) -> Term:
        """True iff the part is not."""
        return self.inside.without(part)

    def applies(self, policy: TierPolicy) -> Term:
        """True iff the policy is there and for the direction."""
        typed = self.inside.matches(policy.subject)
        return self.inside.terms.conjunction((self._is_here(policy), typed))

    def hits(self, policy: TierPolicy, rules: Sequence[Rule]) -> Term:
        """True iff the policy applies and some of the rules match; named if these are all."""
        terms = self.inside.terms
        matched = terms.disjunction(self.inside.matches(rule.match) for rule in rules)
        hit = terms.conjunction((self.applies(policy), matched))
        whole = len(rules) == len(policy.rules)
        return terms.define(self._name(policy, "admits"), hit) if whole else hit
