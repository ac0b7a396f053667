"""Spec files: named groups, named policy sets and claims, read strictly (docs/claims.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from netproof_specs.claim_language.parsing import parse_claim_at
from netproof_specs.claim_language.words import alternatives, quoted
from netproof_specs.claims import (
    Claim,
    EndpointSet,
    PolicyRedundant,
    PolicySet,
    Statement,
)
from netproof_specs.frozen import Frozen, field, replace
from netproof_specs.locations import Location
from netproof_specs.problems import InputError, Problem
from netproof_specs.sources.finding import Content
from netproof_specs.spec_files.catalogues import text_of
from netproof_specs.spec_files.filing import FILING_KEYS, read_filing
from netproof_specs.spec_files.groups import place_in, read_groups
from netproof_specs.spec_files.includes import (
    MARK,
    CatalogueInclude,
    FileInclude,
    Kept,
    included_bytes,
    parameters_of,
    read_includes,
)
from netproof_specs.spec_files.joining import free_id, joined, merged, once
from netproof_specs.spec_files.nodes import (
    Value,
    compose_page,
    in_file_order,
)
from netproof_specs.spec_files.policies import PolicySets, read_policy_sets, with_policy_sets
from netproof_specs.worlds import World

_KEYS = ("include", "groups", "policies", "exclude", "claims")
_CLAIM_KEYS = ("id", "claim", "reason", "world", "allow-empty", *FILING_KEYS)
_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,98}[A-Za-z0-9])?")


class Spec(Frozen):
    """What one spec file states, in its order, after what it includes.

    `included` are the files and catalogues that it includes, at whatever depth.
    """

    groups: tuple[tuple[str, EndpointSet], ...] = ()
    policy_sets: tuple[tuple[str, PolicySet], ...] = ()
    statements: tuple[Statement, ...] = ()
    exclude: tuple[str, ...] = ()
    included: tuple[Content, ...] = ()


class _Names(Frozen):
    """The names that the claims of a file may use, and the ids that they may not take."""

    groups: Mapping[str, EndpointSet]
    policy_sets: PolicySets


def read_spec(name: str, text: bytes | str, kept: Kept | None = None) -> Spec:
    """The spec in a YAML or JSON text; `name` is the file's name in locations.

    What it includes is looked for beside a file of that name, or only in `kept` where that is
    given. Raises InputError with every mistake of all files, in the order of their places.
    """
    return _read_file(name, text, _Around(kept))


class _Around(Frozen):
    """Where included files come from, and the files that include the one that is read."""

    kept: Kept | None
    above: tuple[str, ...] = ()
    groups: Mapping[str, EndpointSet] = field(default_factory=dict)


def _read_file(name: str, text: bytes | str, around: _Around) -> Spec:
    root = compose_page(name, text)
    _refuse_manifest(root)
    parts = root.known_entries(_KEYS, "a spec")
    problems: list[Problem] = []
    includes = read_includes(parts["include"]) if "include" in parts else []
    inner = replace(around, above=(*around.above, name))
    specs = [
        spec
        for one in includes
        if isinstance(one, FileInclude)
        for spec in _included(one, inner, problems)
    ]
    known = dict(around.groups) | merged([spec.groups for spec in specs], "group", problems)
    groups = read_groups(parts["groups"], known) if "groups" in parts else known
    sets = merged([spec.policy_sets for spec in specs], "policy set", problems)
    if "policies" in parts:
        sets |= read_policy_sets(parts["policies"], sets)
    exclude = _read_globs(parts["exclude"]) if "exclude" in parts else ()
    claims = parts["claims"].items("`claims`") if "claims" in parts else []
    names = _Names(groups, sets)
    specs += [
        spec
        for one in includes
        if isinstance(one, CatalogueInclude)
        for spec in _from_catalogue(one, replace(inner, groups=groups), problems)
    ]
    own = _with_ids([_read_statement(claim, names) for claim in claims])
    problems += in_file_order(root.page.problems)
    statements = joined([*_included_once(specs), *own], problems)
    if problems:
        raise InputError(tuple(problems))
    contents = dict.fromkeys(one for spec in specs for one in spec.included)
    globs = dict.fromkeys((*(one for spec in specs for one in spec.exclude), *exclude))
    return Spec(
        tuple(groups.items()),
        tuple(sets.items()),
        tuple(statements),
        tuple(globs),
        tuple(contents),
    )


def _included_once(specs: Sequence[Spec]) -> list[Statement]:
    """The statements of the specs; what several of them include counts once."""
    files = {one.name for spec in specs for one in spec.included}
    return once((one for spec in specs for one in spec.statements), files)


def _included(one: FileInclude, around: _Around, problems: list[Problem]) -> Iterator[Spec]:
    """The spec in an included file, if it can be read; its mistakes are added."""
    if one.name in around.above:
        chain = " includes ".join(f"`{name}`" for name in (*around.above, one.name))
        one.at.complain("the file includes itself", chain, "circular-include")
        return
    data = included_bytes(one, around.kept)
    if data is None:
        return
    try:
        spec = _read_file(one.name, data, around)
    except InputError as error:
        problems.extend(error.problems)
        return
    yield replace(spec, included=(Content(one.name, data), *spec.included))


def _from_catalogue(
    one: CatalogueInclude, around: _Around, problems: list[Problem]
) -> Iterator[Spec]:
    """The claims of a catalogue, filed as the include says."""
    parts = one.parts
    before = len(one.at.page.problems)
    ident = _read_id(parts["id"]) if "id" in parts else one.catalogue.name
    world = _read_world(parts["world"]) if "world" in parts else None
    allow_empty = "allow-empty" in parts and parts["allow-empty"].boolean("`allow-empty`")
    filing = read_filing(parts)
    given = parameters_of(one, around.groups)
    if len(one.at.page.problems) > before or not ident:
        return
    name = f"{MARK}{ident}"
    kept = None if around.kept is None else around.kept.get(name)
    data = text_of(one.catalogue, ident, given).encode() if kept is None else kept
    try:
        spec = _read_file(name, data, around)
    except InputError as error:
        problems.extend(error.problems)
        return
    where = one.at.where()
    statements = (
        replace(each, where=where, world=world, allow_empty=allow_empty, filing=filing)
        for each in spec.statements
    )
    yield Spec(statements=tuple(statements), included=(Content(name, data),))


def _refuse_manifest(root: Value) -> None:
    """A manifest under `--spec` would give one complaint a field; one for the file is clearer."""
    if isinstance(root.node.value, list) and any(
        isinstance(pair, tuple) and pair[0].value == "apiVersion" for pair in root.node.value
    ):
        hint = f"a spec has {alternatives(f'`{key}`' for key in _KEYS)}; name manifests as paths"
        message = "this is a Kubernetes manifest, not a spec"
        raise InputError((Problem(root.where(), message, hint, "not-a-spec"),))


def _read_globs(value: Value) -> tuple[str, ...]:
    """The globs of files and folders that are left out."""
    if not value.is_list() and not value.is_string():
        hint = "list globs, such as `values.yaml` or `charts/**`"
        value.complain("`exclude` must be a list of strings", hint, "type")
        return ()
    globs = [each.line("a glob") for each in value.one_or_more()]
    if any(glob is not None and not glob.strip("/") for glob in globs):
        value.complain("a glob must not be empty", "write the name of a file or folder", "empty")
    return tuple(glob for glob in globs if glob is not None)


class _Draft(Frozen):
    """A statement whose id may still be missing; `at` is where the id or else the claim stands."""

    statement: Statement
    at: Value


def _read_statement(value: Value, names: _Names) -> _Draft | None:
    """A claim of the list: its text alone, or a mapping around it."""
    if value.is_string():
        return _draft({"claim": value}, value, names)
    parts = value.known_entries(_CLAIM_KEYS, "a claim")
    if "claim" in parts:
        return _draft(parts, value, names)
    if parts:
        value.complain("the entry has no `claim`", "write `claim: TEXT`", "missing-field")
    return None


def _draft(parts: Mapping[str, Value], value: Value, names: _Names) -> _Draft | None:
    at = parts.get("id", value)
    ident = _read_id(parts["id"]) if "id" in parts else ""
    reason = parts["reason"].line("`reason`") if "reason" in parts else ""
    world = _read_world(parts["world"]) if "world" in parts else None
    allow_empty = "allow-empty" in parts and parts["allow-empty"].boolean("`allow-empty`")
    text = parts["claim"].string("`claim`")
    claim = None if text is None else _read_claim(parts["claim"], text, names)
    if claim is None:
        # Its id still takes part in the search for duplicates.
        claim = PolicyRedundant(PolicySet("", ()))
    words = " ".join((text or "").split())
    where = parts["claim"].where()
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
    ident = value.string("`id`")
    if ident is not None and not _ID.fullmatch(ident):
        hint = "an id is at most 100 letters, digits, `-`, `_`, `.` and `/`, as in `PCI-1.3.1`"
        value.complain(f"{quoted(ident)} cannot be an id", hint, "bad-id")
    return ident or ""


def _read_world(value: Value) -> World | None:
    name = value.choice("a world", (world.value for world in World))
    return None if name is None else World(name)


def _with_ids(drafts: Sequence[_Draft | None]) -> tuple[Statement, ...]:
    """The statements, those without an id named `claim-N` after their place in the list."""
    taken: dict[str, Location] = {}
    for draft in drafts:
        if draft is None or not draft.statement.id:
            continue
        where = draft.at.where()
        if first := taken.get(draft.statement.id):
            message = f"the id {quoted(draft.statement.id)} stands twice"
            draft.at.complain(message, f"the first one is at {first}", "duplicate-id")
        taken.setdefault(draft.statement.id, where)
    used = set(taken)
    statements: dict[str, Statement] = {}
    for number, draft in enumerate(drafts, 1):
        if draft is not None:
            ident = draft.statement.id or free_id(number, used)
            used.add(ident)
            statements.setdefault(ident, replace(draft.statement, id=ident))
    return tuple(statements.values())


def statements_of(specs: Sequence[Spec], claims: Sequence[str]) -> tuple[Statement, ...]:
    """All statements of a run: those of the specs, then the texts of `--claim`.

    The texts may use the groups and policy sets of every spec and are called `claim-1` and so
    on. Ids of that form give way where two meet; raises InputError where other ids do, where two
    specs give a name that a text could use different meanings, and for each mistake in a text.
    """
    problems: list[Problem] = []
    statements = joined(_included_once(specs), problems)
    if claims:
        groups = merged([spec.groups for spec in specs], "group", problems)
        sets = merged([spec.policy_sets for spec in specs], "policy set", problems)
        statements += _typed_in(claims, _Names(groups, sets), statements, problems)
    if problems:
        raise InputError(tuple(problems))
    return tuple(statements)


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
        ident = free_id(1, used)
        used.add(ident)
        resolved = with_policy_sets(claim, names.policy_sets)
        statements.append(Statement(ident, " ".join(text.split()), resolved))
    return statements
