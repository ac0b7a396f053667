"""Calico's policies as tiers decide as the oracle does, connection by connection."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product
from typing import Any

import pytest
from tests.calico_strategies import selector_of
from tests.calico_tables import CalicoRow, calico_rows

from netproof.explaining.conditions import Held
from netproof.oracle.claims import in_scope
from netproof.oracle.connections import decide
from netproof_encodings.decision.conditions import AccountText, LabelText, atoms_of
from netproof_encodings.decision.folding import decided
from netproof_encodings.decision.tiers import Lowered
from netproof_encodings.lowering import asks_for_parts, lower, lower_numbered, stands_alone, written
from netproof_encodings.lowering.any_hosts import other_hosts
from netproof_encodings.lowering.stated_again import stated_again
from netproof_encodings.lowering.undecided import undecided
from netproof_encodings.vocabulary.hosts import Whom
from netproof_specs.frozen import Frozen, replace
from netproof_specs.locations import Location
from netproof_specs.model.calico import (
    CalicoAction,
    CalicoRule,
    CalicoSpec,
    EntityRule,
    GlobalNetworkPolicy,
    NetworkSet,
)
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Direction

DECIDED = [
    row
    for row in calico_rows()
    if not list(undecided(row.cluster)) and in_scope(row.connection, row.assumptions)
]


@pytest.mark.parametrize("row", DECIDED, ids=lambda row: f"{row.id} {row.text}")
def test_row(row: CalicoRow) -> None:
    held = Held(row.connection, row.assumptions, row.cluster.hosts)
    tiers = lower(row.policies)
    decision = decide(row.policies, row.connection, row.assumptions)
    for side in (decision.egress, decision.ingress):
        assert decided(held, tiers[side.direction]) is side.allowed, side
    # What hosts on the way say is in no tier of either end (D.37).
    passed = all(one.allowed for one in decision.hosts)
    assert (passed and all(decided(held, tiers[one]) for one in Direction)) is row.allowed


def test_most_rows_are_decided() -> None:
    """What is left is about pods of unknown interfaces, and own nodes."""
    left = {row.id.partition(".")[0] for row in calico_rows() if row not in DECIDED}
    left = {name for name in left if not name.startswith("forwarded-")}  # test_calico_forward.py
    assert left == {
        "host-network-pods-of-open-hosts",
        "own-node",
        "own-node-host",
    }


PINNED = {
    "projectcalico.org/name == 'a'": "a",
    "projectcalico.org/name in {'a'} && team == 'x'": "a",
    "kubernetes.io/metadata.name == 'a'": "a",
    "projectcalico.org/name in {'a', 'b'}": None,
    "projectcalico.org/name == 'a' || team == 'x'": None,
    "projectcalico.org/name != 'a'": None,
    "!(projectcalico.org/name == 'a')": None,
    "projectcalico.org/name starts with 'a'": None,
    "has(projectcalico.org/name)": None,
    "team == 'a'": None,
    "all()": None,
}


@pytest.mark.parametrize("selector", PINNED)
def test_namespace_that_a_global_policy_is_pinned_to(selector: str) -> None:
    """It is the only one whose pods the policy can select, whatever else is asked of them."""
    policy = GlobalNetworkPolicy(
        "g", CalicoSpec(None, None, None, None, None, None, None), selector_of(selector)
    )
    found = [one for tier in lower([policy])[Direction.INGRESS] for one in tier.policies]
    assert [one.home for one in found if one.origin is policy] == [PINNED[selector]]


TABLES = {id(row.cluster.policies): row.policies for row in calico_rows()}.values()


def test_rules_that_were_lowered_before_are_those_of_everybody() -> None:
    """One table serves both kinds of ends, and fewer of the policies that stand alone."""
    taken = 0
    for policies in TABLES:
        others = other_hosts(policies)
        hosts = () if others is None else others.hosts
        numbered = [*enumerate(policies), *((0, one) for one in hosts)]
        some = [pair for pair in numbered if not stands_alone(pair[1])]
        table: Lowered = {}
        for way, whom, listed in product(Direction, Whom, (numbered, some)):
            before = len(table)
            found = lower_numbered(listed, way, None, whom, table)
            assert found == lower_numbered(listed, way, None, whom)
            taken += bool(table) and len(table) == before
    assert taken > 100


def moved(value: Any) -> Any:
    """The value as it would be read from another file."""
    match value:
        case Location():
            return replace(value, file="new.yaml")
        case tuple():
            return tuple(map(moved, value))
        case Frozen():
            names = value.__struct_fields__
            return replace(value, **{name: moved(getattr(value, name)) for name in names})
        case _:
            return value


def table_of(policies: Sequence[AnyPolicy]) -> Lowered:
    others = other_hosts(policies)
    numbered = [*enumerate(policies), *((0, one) for one in (others.hosts if others else ()))]
    table: Lowered = {}
    for way in Direction:
        lower_numbered(numbered, way, None, Whom.KNOWN, table)
    return table


def test_rules_that_another_version_states_again() -> None:
    """They are those that it would have if nothing was known, be it the same or another table."""
    taken = []
    for old, new in [(one, one) for one in TABLES] + list(pairwise(TABLES)):
        others = other_hosts(old), other_hosts(new)
        if others[0] is None or others[1] is None or others[0].hosts != others[1].hosts:
            continue
        later = moved(tuple(new))
        found = stated_again(list(enumerate(old)), table_of(old), list(enumerate(later)))
        fresh = table_of(later)
        assert {key: repr(fresh[key]) for key in found} == {k: repr(v) for k, v in found.items()}
        taken.append(bool(found))
    assert sum(taken) > 50
    assert not all(taken)


def test_rules_that_find_other_sets_are_not_taken_over() -> None:
    """A rule says the same there and finds something else."""
    entity = EntityRule(selector=selector_of("app == 'a'"))
    rules = (CalicoRule(CalicoAction.ALLOW, destination=entity),)
    spec = CalicoSpec(None, None, None, None, None, None, rules)
    policy = GlobalNetworkPolicy("g", spec, None)
    nets = ("10.0.0.0/8",), ("11.0.0.0/8",)
    sets = [NetworkSet("", "s", (("app", "a"),), one) for one in nets]
    old, new = ([(0, policy), (1, one)] for one in sets)
    table = table_of([policy, sets[0]])
    assert table
    assert not stated_again(old, table, new)
    assert stated_again(old, table, old) == table


def test_whether_selectors_ask_for_parts() -> None:
    """As it is seen in all that policies state."""
    told = []
    for policies in TABLES:
        for one in (policy for policy in policies if not isinstance(policy, HostEndpoint)):
            parts = (atom for match in written((one,)) for atom in atoms_of(match))
            shown = any(isinstance(atom, LabelText | AccountText) for atom in parts)
            assert asks_for_parts((one,)) is shown, one
            told.append(shown)
    assert {*told} == {True, False}


@pytest.mark.parametrize(
    ("selector", "asks"),
    [
        ("app contains 'ends with'", True),
        ("!(has(app) || (tier == 'a' && app starts with 'x'))", True),
        ("app ends with ''", False),
        ("app == 'contains' || has(starts)", False),
        ("projectcalico.org/orchestrator starts with 'k'", False),
        ("projectcalico.org/serviceaccount ends with 'k'", True),
    ],
)
@pytest.mark.parametrize("place", ["subject", "peer", "not peer"])
def test_selector_that_asks_for_parts(selector: str, place: str, asks: bool) -> None:
    read = selector_of(selector)
    peer = EntityRule(
        selector=read if place == "peer" else None,
        not_selector=read if place == "not peer" else None,
    )
    rules = (CalicoRule(CalicoAction.ALLOW, destination=peer),)
    spec = CalicoSpec(None, None, read if place == "subject" else None, None, None, None, rules)
    assert asks_for_parts((GlobalNetworkPolicy("g", spec, None),)) is asks
