"""Spec files: named groups, named policy sets and claims, read strictly (docs/claims.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar, assert_never

from netproof_specs.claim_language import parse_claim_at
from netproof_specs.claim_words import quoted
from netproof_specs.claims import (
    CannotReach,
    CanReach,
    CanReachOnly,
    Claim,
    DeniedByDefault,
    EndpointSet,
    IsolatedFrom,
    MayReach,
    OnlyCanReach,
    PoliciesEquivalent,
    PolicyNecessary,
    PolicyRedundant,
    PolicySet,
    Statement,
)
from netproof_specs.endpoint_forms import wrong_with_name
from netproof_specs.locations import Location
from netproof_specs.problems import InputError, Problem
from netproof_specs.spec_filing import FILING_KEYS, read_filing
from netproof_specs.spec_groups import place_in, read_groups
from netproof_specs.spec_nodes import (
    Value,
    boolean,
    choice,
    complain,
    compose_page,
    entries,
    is_list,
    is_string,
    items,
    known_entries,
    line,
    location_of,
    string,
)
from netproof_specs.worlds import World

_KEYS = ("groups", "policies", "exclude", "claims")
_CLAIM_KEYS = ("id", "claim", "reason", "world", "allow-empty", *FILING_KEYS)
_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,98}[A-Za-z0-9])?")
_GIVEN_ID = re.compile(r"claim-[1-9][0-9]*")

T = TypeVar("T")
PolicySets = Mapping[str, PolicySet]


@dataclass(frozen=True, slots=True)
class Spec:
    """What one spec file states, in its order."""

    groups: tuple[tuple[str, EndpointSet], ...] = ()
    policy_sets: tuple[tuple[str, PolicySet], ...] = ()
    statements: tuple[Statement, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Names:
    """The names that the claims of a file may use, and the ids that they may not take."""

    groups: Mapping[str, EndpointSet]
    policy_sets: PolicySets


def read_spec(name: str, text: bytes | str) -> Spec:
    """The spec in a YAML or JSON text; `name` is the file's name in locations.

    Raises InputError with every mistake of the file, in the order of their places.
    """
    root = compose_page(name, text)
    _refuse_manifest(root)
    parts = known_entries(root, _KEYS, "a spec")
    groups = read_groups(parts["groups"]) if "groups" in parts else {}
    sets = _read_policy_sets(parts["policies"]) if "policies" in parts else {}
    exclude = _read_globs(parts["exclude"]) if "exclude" in parts else ()
    claims = items(parts["claims"], "`claims`") if "claims" in parts else []
    names = _Names(groups, sets)
    statements = _with_ids([_read_statement(claim, names) for claim in claims])
    if root.page.problems:
        raise InputError(tuple(sorted(root.page.problems, key=_order)))
    return Spec(tuple(groups.items()), tuple(sets.items()), statements, exclude)


def _refuse_manifest(root: Value) -> None:
    """A manifest under `--spec` would give one complaint a field; one for the file is clearer."""
    if isinstance(root.node.value, list) and any(
        isinstance(pair, tuple) and pair[0].value == "apiVersion" for pair in root.node.value
    ):
        hint = "a spec has `groups`, `policies`, `exclude` and `claims`; name manifests as paths"
        message = "this is a Kubernetes manifest, not a spec"
        raise InputError((Problem(location_of(root), message, hint, "not-a-spec"),))


def _read_globs(value: Value) -> tuple[str, ...]:
    """The globs of files and folders that are left out."""
    if not is_list(value) and not is_string(value):
        hint = "list globs, such as `values.yaml` or `charts/**`"
        complain(value, "`exclude` must be a list of strings", hint, "type")
        return ()
    given = items(value, "`exclude`") if is_list(value) else [value]
    globs = [line(each, "a glob") for each in given]
    if any(glob is not None and not glob.strip("/") for glob in globs):
        complain(value, "a glob must not be empty", "write the name of a file or folder", "empty")
    return tuple(glob for glob in globs if glob is not None)


def _order(problem: Problem) -> tuple[int, int]:
    return (problem.where.line, problem.where.column) if problem.where else (0, 0)


def _read_policy_sets(value: Value) -> dict[str, PolicySet]:
    sets = {}
    for entry in entries(value, "`policies`"):
        if wrong := wrong_with_name(entry.key, "a policy set"):
            complain(entry.at, *wrong, "bad-name")
        sets[entry.key] = PolicySet(entry.key, _read_members(entry.value))
    return sets


def _read_members(value: Value) -> tuple[str, ...]:
    """The names of policies, or the paths, that make up a policy set."""
    if not is_list(value) and not is_string(value):
        hint = "list names of policies (`NAMESPACE/NAME` or `NAME`) or paths of manifests"
        complain(value, "a policy set must be a list of strings", hint, "type")
        return ()
    values = items(value, "a policy set") if is_list(value) else [value]
    if not values:
        complain(value, "the policy set is empty", "list at least one policy or path", "empty")
    members = [line(each, "a member of a policy set") for each in values]
    return tuple(dict.fromkeys(member for member in members if member is not None))


@dataclass(frozen=True, slots=True)
class _Draft:
    """A statement whose id may still be missing; `at` is where the id or else the claim stands."""

    statement: Statement
    at: Value


def _read_statement(value: Value, names: _Names) -> _Draft | None:
    """A claim of the list: its text alone, or a mapping around it."""
    if is_string(value):
        return _draft({"claim": value}, value, names)
    parts = known_entries(value, _CLAIM_KEYS, "a claim")
    if "claim" in parts:
        return _draft(parts, value, names)
    if parts:
        complain(value, "the entry has no `claim`", "write `claim: TEXT`", "missing-field")
    return None


def _draft(parts: Mapping[str, Value], value: Value, names: _Names) -> _Draft | None:
    at = parts.get("id", value)
    ident = _read_id(parts["id"]) if "id" in parts else ""
    reason = line(parts["reason"], "`reason`") if "reason" in parts else ""
    world = _read_world(parts["world"]) if "world" in parts else None
    allow_empty = "allow-empty" in parts and boolean(parts["allow-empty"], "`allow-empty`")
    text = string(parts["claim"], "`claim`")
    claim = None if text is None else _read_claim(parts["claim"], text, names)
    if claim is None:
        # Its id still takes part in the search for duplicates.
        claim = PolicyRedundant(PolicySet("", ()))
    words = " ".join((text or "").split())
    where = location_of(parts["claim"])
    filing = read_filing(parts)
    statement = Statement(ident, words, claim, reason or "", world, allow_empty, where, filing)
    return _Draft(statement, at)


def _read_claim(value: Value, text: str, names: _Names) -> Claim | None:
    try:
        claim = parse_claim_at(text, names.groups, place_in(value))
    except InputError as error:
        value.page.problems.extend(error.problems)
        return None
    return with_policy_sets(claim, names.policy_sets)


def _read_id(value: Value) -> str:
    ident = string(value, "`id`")
    if ident is not None and not _ID.fullmatch(ident):
        hint = "an id is at most 100 letters, digits, `-`, `_`, `.` and `/`, as in `PCI-1.3.1`"
        complain(value, f"{quoted(ident)} cannot be an id", hint, "bad-id")
    return ident or ""


def _read_world(value: Value) -> World | None:
    name = choice(value, "a world", (world.value for world in World))
    return None if name is None else World(name)


def _with_ids(drafts: Sequence[_Draft | None]) -> tuple[Statement, ...]:
    """The statements, those without an id named `claim-N` after their place in the list."""
    taken: dict[str, Location] = {}
    for draft in drafts:
        if draft is None or not draft.statement.id:
            continue
        where = location_of(draft.at)
        if first := taken.get(draft.statement.id):
            message = f"the id {quoted(draft.statement.id)} stands twice"
            complain(draft.at, message, f"the first one is at {first}", "duplicate-id")
        taken.setdefault(draft.statement.id, where)
    used = set(taken)
    statements = []
    for number, draft in enumerate(drafts, 1):
        if draft is not None:
            ident = draft.statement.id or _free_id(number, used)
            used.add(ident)
            statements.append(replace(draft.statement, id=ident))
    return tuple(statements)


def _free_id(number: int, used: set[str]) -> str:
    while f"claim-{number}" in used:
        number += 1
    return f"claim-{number}"


def statements_of(specs: Sequence[Spec], claims: Sequence[str]) -> tuple[Statement, ...]:
    """All statements of a run: those of the specs, then the texts of `--claim`.

    The texts may use the groups and policy sets of every spec and are called `claim-1` and so
    on. Ids of that form give way where two meet; raises InputError where other ids do, where two
    specs give a name that a text could use different meanings, and for each mistake in a text.
    """
    problems: list[Problem] = []
    statements = _joined([statement for spec in specs for statement in spec.statements], problems)
    if claims:
        groups = _merged([spec.groups for spec in specs], "group", problems)
        sets = _merged([spec.policy_sets for spec in specs], "policy set", problems)
        statements += _typed_in(claims, _Names(groups, sets), statements, problems)
    if problems:
        raise InputError(tuple(problems))
    return tuple(statements)


def _joined(statements: list[Statement], problems: list[Problem]) -> list[Statement]:
    """The statements with unique ids; notes ids that two specs give."""
    reserved = {statement.id for statement in statements}
    first: dict[str, Statement] = {}
    for statement in statements:
        ident = statement.id
        if ident in first and _GIVEN_ID.fullmatch(ident):
            ident = _free_id(1, reserved)
            reserved.add(ident)
        elif ident in first:
            message = f"the id {quoted(ident)} stands twice"
            hint = f"the first one is at {first[ident].where}"
            problems.append(Problem(statement.where, message, hint, "duplicate-id"))
        first.setdefault(ident, replace(statement, id=ident))
    return list(first.values())


def _merged(
    tables: Sequence[tuple[tuple[str, T], ...]], what: str, problems: list[Problem]
) -> dict[str, T]:
    """All names of the specs; notes a name with two meanings."""
    merged: dict[str, T] = {}
    for name, meaning in (pair for table in tables for pair in table):
        if merged.setdefault(name, meaning) != meaning:
            message = f"two specs define the {what} {quoted(name)} differently"
            hint = "rename one of them: a claim on the command line could mean either"
            problems.append(Problem(None, message, hint, "duplicate-name"))
    return merged


def _typed_in(
    claims: Sequence[str], names: _Names, before: list[Statement], problems: list[Problem]
) -> list[Statement]:
    used = {statement.id for statement in before}
    statements = []
    for text in claims:
        try:
            claim = parse_claim_at(text, names.groups, lambda _: None)
        except InputError as error:
            problems.extend(error.problems)
            continue
        ident = _free_id(1, used)
        used.add(ident)
        resolved = with_policy_sets(claim, names.policy_sets)
        statements.append(Statement(ident, " ".join(text.split()), resolved))
    return statements


def with_policy_sets(claim: Claim, policy_sets: PolicySets) -> Claim:
    """The claim with each name of a policy set replaced by the set's members."""
    match claim:
        case PoliciesEquivalent(left, right):
            return PoliciesEquivalent(_resolve(left, policy_sets), _resolve(right, policy_sets))
        case PolicyRedundant(policy):
            return PolicyRedundant(_resolve(policy, policy_sets))
        case PolicyNecessary(policy):
            return PolicyNecessary(_resolve(policy, policy_sets))
        case (
            CannotReach() | CanReach() | CanReachOnly() | OnlyCanReach() | MayReach()
            | IsolatedFrom() | DeniedByDefault()
        ):  # fmt: skip
            return claim
        case _:
            assert_never(claim)


def _resolve(written: PolicySet, policy_sets: PolicySets) -> PolicySet:
    names: list[str] = []
    for name in written.names:
        names += policy_sets[name].names if name in policy_sets else (name,)
    return PolicySet(written.text, tuple(dict.fromkeys(names)))
