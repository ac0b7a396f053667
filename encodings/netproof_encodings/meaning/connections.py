"""The decision on one symbolic connection; the twin of `netproof.oracle.connections`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from netproof_encodings.decision.conditions import Atom, Match, subject_end
from netproof_encodings.decision.folding import Lean, decided, ties_of
from netproof_encodings.decision.tiers import Presence, Rule, Tier, TierPolicy
from netproof_encodings.logic.terms import Term, Terms
from netproof_encodings.lowering import Tiers, every_tier
from netproof_encodings.meaning.matching import matches
from netproof_encodings.meaning.spaces import ConnectionSpace
from netproof_specs.assumptions import Assumption
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.traffic import Action, Direction


def allowed(algebra: InTerms, tiers: Tiers, lean: Lean = Lean.ORDERED) -> Term:
    """True iff both sides admit the connection (A.7)."""
    sides = (side_allows(algebra, tiers, direction, lean) for direction in Direction)
    return algebra.named(_OUTCOMES[lean], algebra.terms.conjunction(sides))


def side_allows(
    algebra: InTerms, tiers: Tiers, direction: Direction, lean: Lean = Lean.ORDERED
) -> Term:
    """True iff the tiers of the direction admit the connection at its subject's end.

    An end that no policy can select is admitted, as no policy applies to it (section 0).
    What becomes of one that the stage does not hold is left free.
    """
    name = f"{direction.value.lower()}.{_OUTCOMES[lean]}"
    return _where_held(algebra, direction, name, decided(algebra, tiers[direction], lean))


def _where_held(algebra: InTerms, direction: Direction, name: str, decision: Term) -> Term:
    """The decision under its name; a free symbol for a pod that the stage does not hold."""
    terms, elsewhere = algebra.terms, algebra.space.end(subject_end(direction)).elsewhere
    known = algebra.named(name, decision)
    if elsewhere is terms.false:
        return known
    free = terms.conjunction((elsewhere, terms.symbol(f"{name}.elsewhere")))
    return terms.disjunction((free, terms.conjunction((terms.negation(elsewhere), known))))


class Outcome(Frozen):
    """What becomes of the connection where the order of tied policies may be left open (C.4).

    `sometimes` is true iff it is allowed in some order, `always` iff in every order. Where nothing
    ties, or the order is assumed to be that of names, they are one decision.
    """

    sometimes: Term
    always: Term


def outcome_of(algebra: InTerms, tiers: Tiers) -> Outcome:
    """The outcome of the tiers, under the assumption on ties."""
    leans = tuple(Lean) if any(ties_of(every_tier(tiers))) else (Lean.ORDERED,)
    return mixed(algebra, {lean: allowed(algebra, tiers, lean) for lean in leans})


def undecided(algebra: InTerms, tiers: Tiers, direction: Direction) -> Term:
    """True iff nothing decides the connection at the direction's end, in some order of ties.

    Once whatever a rule allows is denied as well, only what nothing decides is still allowed.
    """
    closed = [_closed(tier) for tier in tiers[direction]]
    leans = tuple(Lean) if any(ties_of(closed)) else (Lean.ORDERED,)
    found = mixed(algebra, {lean: decided(algebra, closed, lean) for lean in leans})
    name = f"{direction.value.lower()}.undecided"
    return _where_held(algebra, direction, name, found.sometimes)


def _closed(tier: Tier) -> Tier:
    """The tier with a denial in place of each rule that allows."""
    policies = (replace(one, rules=tuple(map(_denying, one.rules))) for one in tier.policies)
    return replace(tier, policies=tuple(policies))


def _denying(rule: Rule) -> Rule:
    return replace(rule, action=Action.DENY) if rule.action is Action.ALLOW else rule


def mixed(algebra: InTerms, decisions: Mapping[Lean, Term]) -> Outcome:
    """The outcome by decisions of which only the ordered one is given where nothing ties."""
    ordered = decisions[Lean.ORDERED]
    if len(decisions) == 1:
        return Outcome(ordered, ordered)
    terms, any_order = algebra.terms, algebra.space.assumptions[Assumption.TIES]
    by_name = terms.conjunction((terms.negation(any_order), ordered))
    sometimes, always = (
        terms.disjunction((terms.conjunction((any_order, decisions[lean])), by_name))
        for lean in (Lean.ALLOWING, Lean.DENYING)
    )
    return Outcome(sometimes, always)


_OUTCOMES = {
    Lean.ORDERED: "allowed",
    Lean.ALLOWING: "allowed-in-some-order",
    Lean.DENYING: "allowed-in-every-order",
}


def free_names() -> Iterator[str]:
    """The symbols that may stand for decisions on pods that a stage does not hold."""
    for direction in Direction:
        for outcome in (*_OUTCOMES.values(), "undecided"):
            yield f"{direction.value.lower()}.{outcome}.elsewhere"


@dataclass(frozen=True, slots=True)
class InTerms:
    """Sets of connections as terms that are true of exactly these: an algebra for the fold.

    `prefix` goes before the names of decisions, where a script holds several sets of tiers, and
    `whose` before those of what policies say, where one policy stands in several.
    `known` holds the conditions met so far, and `said` where policies apply, by their identity:
    to compare them as values would cost more than to build the terms again, and what is in tiers
    lives as long as this does. Their `atoms` are few and small, so these are held by value.
    """

    terms: Terms
    space: ConnectionSpace
    prefix: str = ""
    whose: str = ""
    known: dict[int, tuple[Match, Term]] = field(default_factory=dict, repr=False, compare=False)
    atoms: dict[Atom, Term] = field(default_factory=dict, repr=False, compare=False)
    said: dict[int, tuple[TierPolicy, Term]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def named(self, name: str, body: Term) -> Term:
        """The term under a name of this algebra's own."""
        return self.terms.define(self.prefix + name, body)

    @property
    def everything(self) -> Term:
        """True of every connection."""
        return self.terms.true

    @property
    def nothing(self) -> Term:
        """True of none."""
        return self.terms.false

    def either(self, parts: Sequence[Term]) -> Term:
        """True iff some part is."""
        return self.terms.disjunction(parts)

    def both(self, left: Term, right: Term) -> Term:
        """True iff both are."""
        return self.terms.conjunction((left, right))

    def without(self, part: Term) -> Term:
        """True iff the part is not."""
        return self.terms.negation(part)

    def applies(self, policy: TierPolicy) -> Term:
        """True iff the policy is there and selects the subject's end."""
        said = self.said.get(id(policy))
        if said is None:
            subject = self.matches(policy.subject)
            said = policy, applies(self.terms, subject, policy, self.whose)
            self.said[id(policy)] = said
        return said[1]

    def matches(self, condition: Match) -> Term:
        """True iff the connection meets the condition."""
        known = self.known.get(id(condition))
        if known is None:
            known = condition, matches(self.terms, self.space, condition, self.atoms)
            self.known[id(condition)] = known
        return known[1]

    def hits(self, policy: TierPolicy, rules: Sequence[Rule]) -> Term:
        """True iff the policy applies and some of the rules match; named if these are all."""
        matched = self.terms.disjunction(self.matches(rule.match) for rule in rules)
        hit = self.terms.conjunction((self.applies(policy), matched))
        if len(rules) < len(policy.rules):
            return hit
        return self.terms.define(f"{self.whose}{_prefix(policy)}.admits", hit)


def applies(terms: Terms, subject: Term, policy: TierPolicy, whose: str = "") -> Term:
    """True iff the policy is there and its subject, as a term, includes the end (A.1, A.45).

    `here.N` says that policy N is there: free in an obligation's core, true otherwise.
    """
    free = policy.presence is Presence.FREE
    here = terms.symbol(here_name(policy.index)) if free else terms.true
    return terms.define(f"{whose}{_prefix(policy)}.applies", terms.conjunction((here, subject)))


def _prefix(policy: TierPolicy) -> str:
    return f"{policy.direction.value.lower()}.{policy.index}"


def here_name(index: int) -> str:
    """The symbol that says that the policy of that index is there."""
    return f"here.{index}"
