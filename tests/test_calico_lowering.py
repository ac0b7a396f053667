"""Calico's policies as tiers decide as the oracle does, connection by connection."""

from __future__ import annotations

from itertools import product

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
from netproof_encodings.lowering.undecided import undecided
from netproof_encodings.vocabulary.hosts import Whom
from netproof_specs.model.calico import (
    CalicoAction,
    CalicoRule,
    CalicoSpec,
    EntityRule,
    GlobalNetworkPolicy,
)
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Direction

DECIDED = [
    row
    for row in calico_rows()
    if not list(undecided(row.cluster))
    and in_scope(row.connection, row.assumptions)
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
