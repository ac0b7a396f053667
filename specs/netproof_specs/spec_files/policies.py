"""The policy sets of a spec file, and the claims that name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from netproof_specs.claim_language.endpoints import wrong_with_name
from netproof_specs.claim_language.words import quoted
from netproof_specs.claims import (
    Claim,
    PoliciesEquivalent,
    PolicyClaim,
    PolicyNecessary,
    PolicyRedundant,
    PolicySet,
)
from netproof_specs.spec_files.nodes import (
    Value,
)

PolicySets = Mapping[str, PolicySet]


def read_policy_sets(value: Value, known: PolicySets) -> dict[str, PolicySet]:
    """The policy sets by name; notes names that are `known` already."""
    sets = {}
    for entry in value.entries("`policies`"):
        if wrong := wrong_with_name(entry.key, "a policy set"):
            entry.at.complain(*wrong, "bad-name")
        if entry.key in known:
            message = f"an included spec has a policy set {quoted(entry.key)} already"
            entry.at.complain(message, "rename one of the two", "duplicate-name")
        sets[entry.key] = PolicySet(entry.key, _read_members(entry.value))
    return sets


def _read_members(value: Value) -> tuple[str, ...]:
    """The names of policies, or the paths, that make up a policy set."""
    if not value.is_list() and not value.is_string():
        hint = "list names of policies (`NAMESPACE/NAME` or `NAME`) or paths of manifests"
        value.complain("a policy set must be a list of strings", hint, "type")
        return ()
    values = value.one_or_more("the policy set is empty", "list at least one policy or path")
    members = [each.line("a member of a policy set") for each in values]
    return tuple(dict.fromkeys(member for member in members if member is not None))


def with_policy_sets(claim: Claim, policy_sets: PolicySets) -> Claim:
    """The claim with each name of a policy set replaced by the set's members."""
    if not isinstance(claim, PolicyClaim):
        return claim
    match claim:
        case PoliciesEquivalent(left, right):
            return PoliciesEquivalent(_resolve(left, policy_sets), _resolve(right, policy_sets))
        case PolicyRedundant(policy):
            return PolicyRedundant(_resolve(policy, policy_sets))
        case PolicyNecessary(policy):
            return PolicyNecessary(_resolve(policy, policy_sets))
        case _:
            assert_never(claim)


def _resolve(written: PolicySet, policy_sets: PolicySets) -> PolicySet:
    names: list[str] = []
    for name in written.names:
        names += policy_sets[name].names if name in policy_sets else (name,)
    return PolicySet(written.text, tuple(dict.fromkeys(names)))
