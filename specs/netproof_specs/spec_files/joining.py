"""What several specs state as one: names with one meaning, ids that stand once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import TypeVar

from netproof_specs.claim_language.words import quoted
from netproof_specs.claims import Statement
from netproof_specs.frozen import replace
from netproof_specs.problems import Problem

_GIVEN_ID = re.compile(r"claim-[1-9][0-9]*")

T = TypeVar("T")


def free_id(number: int, used: set[str]) -> str:
    """The first `claim-N` from that number on that is not used."""
    while f"claim-{number}" in used:
        number += 1
    return f"claim-{number}"


def once(statements: Iterable[Statement], included: Collection[str]) -> list[Statement]:
    """The statements, of which those of an included file count once, by whatever way they come."""
    found: dict[object, Statement] = {}
    for one in statements:
        shared = one.where is not None and one.where.file in included
        found.setdefault((one.where, one.text, one.claim) if shared else len(found), one)
    return list(found.values())


def joined(statements: list[Statement], problems: list[Problem]) -> list[Statement]:
    """The statements with unique ids; notes ids that two specs give."""
    reserved = {statement.id for statement in statements}
    first: dict[str, Statement] = {}
    for statement in statements:
        ident = statement.id
        if ident in first and _GIVEN_ID.fullmatch(ident):
            ident = free_id(1, reserved)
            reserved.add(ident)
        elif ident in first:
            message = f"the id {quoted(ident)} stands twice"
            hint = f"the first one is at {first[ident].where}"
            problems.append(Problem(statement.where, message, hint, "duplicate-id"))
        first.setdefault(ident, replace(statement, id=ident))
    return list(first.values())


def merged(
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
