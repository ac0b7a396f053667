"""What to ask of removals, and what a model tells of more removals than the one that it answers.

The questions go to one solver session that has read `Removals.text`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from netproof_encodings.obligations import literal
from netproof_encodings.redundancy import SINGLY, Ask, Part, Removals
from netproof_encodings.terms import Model, Op, Term
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.model.traffic import Direction

Lookup: TypeAlias = Callable[[Sequence[str]], Model]
"""The values that symbols have in the model at hand."""


def removal(on: Removals, ask: Ask, gone: Collection[Part]) -> list[str]:
    """What to assume, beside the assumptions' values, to ask of the removal of the parts `gone`.

    Unsatisfiable with these literals iff no connection is an answer.
    """
    keeps = list(on.keeps.values())
    for part in gone:
        keeps[on.places[part]] = f"(not {on.keeps[part]})"
    return [ask.value, *keeps]


def singly(ask: Ask) -> list[str]:
    """What to assume to ask of every part at once, each removed alone, that is not `ruled_out`.

    Unsatisfiable with these literals iff none of the removals has an answer.
    """
    return [ask.value, SINGLY]


def ruled_out(on: Removals, parts: Iterable[Part]) -> str:
    """Asserts that questions which ask `singly` are not about these parts."""
    terms = on.terms
    places = (on.places[part] for part in parts)
    return _require(on, *(terms.negation(terms.equals(on.gone, place)) for place in places))


def assumed(assumptions: Assumptions, unsettled: Assumptions = frozenset()) -> list[str]:
    """The literals that give the assumptions their values, but for those that have either."""
    return [literal(one, assumptions) for one in Assumption if one not in unsettled]


def shown(on: Removals, ask: Ask, values: Lookup) -> set[Part]:
    """The parts of which a model shows that to remove them, each alone, has the effect asked for.

    The model is one of a question that asks `singly`, so that there is such a part; `values`
    looks symbols up in it. Not for LOOSE. An end that is no pod of the namespace needs no look:
    its side is decided without the parts, and if it denied, no removal would change anything.
    """
    assert ask is not Ask.LOOSE
    gone = on.parts[values([on.gone.name])[on.gone.name]]
    sides = [_Seen.of(on, values, direction) for direction in Direction]
    before = [side.allows(None) for side in sides]
    found = {gone}
    for part in {part for side in sides for part in side.parts}:
        after = [side.allows(part) for side in sides]
        if before != after if ask is Ask.SIDES else all(before) != all(after):
            found.add(part)
    return found


@dataclass(frozen=True, slots=True)
class _Seen:
    """What has a part in one side's decision on one connection.

    `policies` are those that isolate, each with its rules that admit; `fragile` holds the rule
    without which a policy would not isolate.
    """

    policies: Mapping[Part, Sequence[Part]]
    fragile: Mapping[Part, Part]

    @staticmethod
    def of(on: Removals, values: Lookup, direction: Direction) -> _Seen:
        """Looks it up in a model: first which policies isolate, then what those admit."""
        applies = {
            policy: term for (policy, way), term in on.applies.items() if way is direction
        }
        found = values(_names(applies.values()))
        policies: dict[Part, list[Part]] = {
            Part(policy): [] for policy, term in applies.items() if _true(term, found)
        }
        rules = {
            part: on.admits[part, direction]
            for policy in policies
            for part in on.rules.get((policy.policy, direction), ())
        }
        found = values(_names(rules.values()))
        for part, term in rules.items():
            if _true(term, found):
                policies[Part(part.policy)].append(part)
        fragile = on.fragile if direction is Direction.EGRESS else {}
        return _Seen(policies, fragile)

    @property
    def parts(self) -> Iterator[Part]:
        """What a removal may change the decision of."""
        for policy, rules in self.policies.items():
            yield policy
            yield from rules
        yield from (rule for policy, rule in self.fragile.items() if policy in self.policies)

    def allows(self, gone: Part | None) -> bool:
        """Whether the side allows the connection without that part (A.3, A.5, A.10)."""
        isolated = admitted = False
        for policy, rules in self.policies.items():
            if gone not in (policy, self.fragile.get(policy, policy)):
                isolated = True
                admitted = admitted or any(rule != gone for rule in rules)
        return admitted or not isolated


def rule_exceeds(on: Removals, rule: Part, other: Part) -> str:
    """Unsatisfiable iff the other rule admits whatever the rule admits."""
    assert rule.rule is not None
    direction = Direction(rule.rule[0])
    return _require(on, _exceeds(on, rule, other, direction))


def rule_admits(on: Removals, rule: Part) -> str:
    """Unsatisfiable iff the rule admits nothing at all."""
    assert rule.rule is not None
    return _require(on, on.admits[rule, Direction(rule.rule[0])])


def policy_exceeds(on: Removals, policy: Part, other: Part) -> str:
    """Unsatisfiable iff the other policy isolates and admits all that the policy does."""
    terms = on.terms
    found: list[Term] = []
    for direction in Direction:
        applies = on.applies.get((policy.policy, direction))
        if applies is None:
            continue
        others = on.applies.get((other.policy, direction), terms.false)
        found.append(terms.conjunction((applies, terms.negation(others))))
        if others is not terms.false:
            found.append(_exceeds(on, policy, other, direction))
    return _require(on, terms.disjunction(found))


def _exceeds(on: Removals, part: Part, other: Part, direction: Direction) -> Term:
    terms = on.terms
    return terms.conjunction(
        (on.admits[part, direction], terms.negation(on.admits[other, direction]))
    )


def witness_names(on: Removals, parts: Iterable[Part]) -> list[str]:
    """The symbols whose values `may_cover` reads."""
    terms = (
        term
        for part in parts
        for direction in Direction
        for term in _does(on, part, direction)
    )
    return _names(terms)


def may_cover(on: Removals, values: Model, part: Part, other: Part) -> bool:
    """False only if the connection with these values shows that `other` does less than `part`."""
    return all(
        not _true(one, values) or _true(another, values)
        for direction in Direction
        for one, another in zip(
            _does(on, part, direction), _does(on, other, direction), strict=True
        )
    )


def _does(on: Removals, part: Part, direction: Direction) -> tuple[Term, Term]:
    """What the part admits, and where it isolates if it is a policy."""
    false = on.terms.false
    isolates = on.applies.get((part.policy, direction), false) if part.rule is None else false
    return on.admits.get((part, direction), false), isolates


def _names(terms: Iterable[Term]) -> list[str]:
    return list(dict.fromkeys(term.name for term in terms if term.op is Op.SYMBOL))


def _true(term: Term, values: Model) -> bool:
    return bool(values[term.name]) if term.op is Op.SYMBOL else term.op is Op.TRUE


def _require(on: Removals, *asserted: Term) -> str:
    return on.script.fork().assertions(asserted)
