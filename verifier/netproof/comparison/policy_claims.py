"""Claims on policies themselves: equivalent, redundant, necessary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import PurePath
from typing import assert_never

from netproof.comparison.policies import CompareOptions, compare
from netproof.comparisons import Comparison, Difference, Relation
from netproof.verdicts import (
    Alike,
    Cost,
    Judgement,
    Outcome,
    Proved,
    Refuted,
    Robustness,
    Unknown,
    Vacuous,
    Verdict,
)
from netproof.verifying.readings import others_text
from netproof.verifying.robustness import relevant_to, robustness_of
from netproof_encodings.differences.slices import others_in
from netproof_encodings.lowering import can_meet_hosts, is_setting
from netproof_encodings.parts.atlas import atlas_in
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.claims import (
    PoliciesEquivalent,
    PolicyClaim,
    PolicyNecessary,
    PolicyRedundant,
    PolicySet,
    Statement,
)
from netproof_specs.frozen import replace
from netproof_specs.model.cluster import Cluster, Policy
from netproof_specs.problems import Problem
from netproof_specs.worlds import World

OnPolicies = tuple[int, Statement, PolicyClaim]
"""A statement with its position and its claim."""


def prove_on_policies(
    cluster: Cluster, statement: Statement, claim: PolicyClaim, options: CompareOptions
) -> Verdict:
    """The verdict on the claim, whose names must all be known."""
    judgement, seconds = _judged(cluster, statement, claim, options)
    return Verdict(
        statement,
        options.world,
        options.assumptions,
        _reading(claim, options.world, cluster),
        judgement,
        Cost(seconds=seconds),
    )


def _judged(
    cluster: Cluster, statement: Statement, claim: PolicyClaim, options: CompareOptions
) -> tuple[Judgement, float]:
    """What is to be said of the claim, and the seconds that it took."""
    if options.world is World.SNAPSHOT and not (cluster.workloads or cluster.hosts):
        # There is no connection to decide, so that nothing is decided differently.
        if not statement.allow_empty:
            return Vacuous(()), 0.0
        return _kind(claim, Alike())(Alike(), Robustness((), (), complete=True)), 0.0
    before, after = versions_of_claim(cluster, claim)
    comparison = compare(before, after, cluster, options)
    found = _grounds(comparison)
    if found is None:
        return Unknown(comparison.unknown_because), comparison.seconds
    kind = _kind(claim, found)
    relevant = _relevant(cluster, (before, after), options.world)
    if comparison.everywhere:
        return kind(found, Robustness(relevant, (), complete=True)), comparison.seconds

    def under(assumptions: Assumptions) -> Outcome:
        other = _grounds(compare(before, after, cluster, replace(options, assumptions=assumptions)))
        return Outcome.UNKNOWN if other is None else _kind(claim, other).outcome

    robustness = robustness_of(kind.outcome, relevant, options.assumptions, under)
    return kind(found, robustness), comparison.seconds


def _relevant(
    cluster: Cluster, sides: Iterable[Sequence[Policy]], world: World
) -> tuple[Assumption, ...]:
    """The assumptions that can bear on what one of the sets decides: each is by itself."""
    clusters = (replace(cluster, policies=tuple(policies)) for policies in sides)
    found = {each for one in clusters for each in relevant_to(atlas_in(world, one, ()), world)}
    return tuple(one for one in Assumption if one in found)


def _grounds(comparison: Comparison) -> Alike | Difference | None:
    """What decides a claim; one connection does, whatever else is unknown."""
    if comparison.counterexamples:
        return comparison.counterexamples[0]
    return None if comparison.relation is Relation.UNKNOWN else Alike()


def _kind(claim: PolicyClaim, found: Alike | Difference) -> type[Proved | Refuted]:
    differs = isinstance(found, Difference)
    return Proved if differs is isinstance(claim, PolicyNecessary) else Refuted


def versions_of_claim(
    cluster: Cluster, claim: PolicyClaim
) -> tuple[Sequence[Policy], Sequence[Policy]]:
    """The two sets to compare: each by itself, or everything with and without the policy."""
    everything = cluster.policies
    settings = list(filter(is_setting, everything))
    match claim:
        case PoliciesEquivalent(left, right):
            sides = (policies_of(one, everything) for one in (left, right))
            before, after = ([*side, *settings] for side in sides)
            return before, after
        case PolicyRedundant(policy) | PolicyNecessary(policy):
            gone = set(map(id, policies_of(policy, everything)))
            return everything, [one for one in everything if id(one) not in gone]
        case _:
            assert_never(claim)


def _reading(claim: PolicyClaim, world: World, cluster: Cluster) -> str:
    match claim:
        case PoliciesEquivalent(left, right):
            what = f"{left.text} by itself allows exactly the connections that {right.text} allows"
        case PolicyRedundant(policy):
            what = f"without {policy.text} exactly the same connections are allowed"
        case PolicyNecessary(policy):
            what = f"without {policy.text} some connection is decided differently"
        case _:
            assert_never(claim)
    return f"{what}; {_RANGES[world]}{_of_hosts(claim, world, cluster)}"


def _of_hosts(claim: PolicyClaim, world: World, cluster: Cluster) -> str:
    """What the claim says of host endpoints, where the input or the policies ask for that."""
    versions = versions_of_claim(cluster, claim)
    if (others := others_in(world, *versions, cluster)) is not None:
        return f", and for {others_text(others)}"
    if cluster.hosts:
        return ", and for its host endpoints"
    named = (one for names in _sets(claim) for one in policies_of(names, cluster.policies))
    if any(map(can_meet_hosts, named)):
        return "; nothing is said of host endpoints, as the input has none"
    return ""


_RANGES = {
    World.SNAPSHOT: "for the pods of the input",
    World.ANY_PODS: "for any pods, with any labels, in the namespaces of the input",
    World.ANY_CLUSTER: "for any pods in any namespaces, with any labels",
}


def policies_of(named: PolicySet, policies: Sequence[Policy]) -> list[Policy]:
    """The policies that the names of the set stand for, in input order.

    A name is that of a policy, with or without its namespace, or of a file or folder that
    policies come from. What policies rest on, such as tiers, is part of the cluster: no name
    stands for it.
    """
    return [
        one
        for one in policies
        if not is_setting(one) and any(_stands_for(name, one) for name in named.names)
    ]


def _stands_for(name: str, policy: Policy) -> bool:
    return _is_called(policy, name) or _comes_from(policy, name)


def _is_called(policy: Policy, name: str) -> bool:
    return name in (policy.name, policy.title)


def _comes_from(policy: Policy, name: str) -> bool:
    """Whether the policy's file has the name, or lies in a folder that has."""
    if policy.where is None:
        return False
    file, wanted = PurePath(policy.where.file).parts, PurePath(name).parts
    starts = range(len(file) - len(wanted) + 1)
    return bool(wanted) and any(file[at : at + len(wanted)] == wanted for at in starts)


def unknown_policies(chosen: Sequence[OnPolicies], cluster: Cluster) -> Iterator[Problem]:
    """Names that stand for no policy, and names that can be read in two ways."""
    for _, statement, claim in chosen:
        for name in dict.fromkeys(name for one in _sets(claim) for name in one.names):
            named = [one for one in cluster.policies if not is_setting(one)]
            yield from _unclear(name, statement, named)


def _unclear(name: str, statement: Statement, policies: Sequence[Policy]) -> Iterator[Problem]:
    called = [one.title for one in policies if _is_called(one, name)]
    placed = {one.title for one in policies if _comes_from(one, name)}
    if not called and not placed:
        yield Problem(
            statement.where,
            f"`{name}` names no policy of the input, nor a file or folder of policies",
            _nearest(name, policies),
            code="unknown-policy",
        )
    elif len(called) > 1:
        yield Problem(
            statement.where,
            f"`{name}` names {len(called)} policies: {', '.join(sorted(called))}",
            "write the namespace as well: `namespace/name`"
            if len(set(called)) > 1
            else "they are of different kinds: write the file that it is from",
            code="ambiguous-policy",
        )
    elif called and placed - {*called}:
        (title,) = called
        yield Problem(
            statement.where,
            f"`{name}` is the policy {title}, and also a file or folder of other policies",
            f"write `{title}` for the policy, or name the folder's policies one by one, "
            "joined by `+`",
            code="ambiguous-policy",
        )


def _sets(claim: PolicyClaim) -> tuple[PolicySet, ...]:
    match claim:
        case PoliciesEquivalent(left, right):
            return left, right
        case PolicyRedundant(policy) | PolicyNecessary(policy):
            return (policy,)
        case _:
            assert_never(claim)


def _nearest(name: str, policies: Sequence[Policy]) -> str:
    known = [text for one in policies for text in (one.name, one.title, *_places(one))]
    close = get_close_matches(name, known, 1)
    return f"did you mean `{close[0]}`?" if close else ""


def _places(policy: Policy) -> tuple[str, ...]:
    """The file of the policy and the folders that it lies in, by their last names."""
    return () if policy.where is None else PurePath(policy.where.file).parts
