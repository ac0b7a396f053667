"""A vacuous claim says which it is: an empty group, or groups that no connection can join."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from tests.asked import IN_X, X, admitting, cannot, group, named, pod
from tests.brute_force import everything, mentions, verdict_on
from tests.build import selector
from tests.provers import answers_to
from tests.test_agreement_claims import proved

from netproof import VerifyOptions, load_texts, verify
from netproof.reports.text import verify_text
from netproof.verdicts import Outcome, Vacuous
from netproof_specs.assumptions import DEFAULTS
from netproof_specs.claims import (
    AddressBlock,
    AnyOf,
    Anything,
    CanReachOnly,
    ConnectionClaim,
    External,
    GroupOnPorts,
    OnlyCanReach,
    PodsWhere,
)
from netproof_specs.model.cluster import Cluster
from netproof_specs.spec_files.reading import statements_of
from netproof_specs.worlds import World


@dataclass(frozen=True, slots=True)
class Row:
    """A claim on a snapshot with its verdict and, of a vacuous one, the empty groups."""

    id: str
    cluster: Cluster
    claim: ConnectionClaim
    outcome: Outcome
    empty: tuple[str, ...] = ()


SIX = Cluster((X,), (pod("p", "2001:db8::1", app="p"),))
SHUT = Cluster((X,), SIX.workloads, (admitting(),))
ONE = Cluster((X,), (pod("p"),))
TWO_FAMILIES = Cluster((X,), (pod("p", "2001:db8::1"), pod("q", "10.0.0.1")))
TEN, NOBODY = AddressBlock("10.0.0.0/8"), PodsWhere(pods=selector(app="nobody"))
P, Q = named("p"), named("q")
VACUOUS, PROVED, REFUTED = Outcome.VACUOUS, Outcome.PROVED, Outcome.REFUTED


def only(source: AddressBlock | PodsWhere, *, reaches: PodsWhere) -> OnlyCanReach:
    """Only the source can reach the pods."""
    return OnlyCanReach((group(source),), group(reaches), ())


ROWS = (
    Row("sources of the other family are there", SIX, only(TEN, reaches=IN_X), REFUTED),
    Row("and nothing is allowed", SHUT, only(TEN, reaches=IN_X), PROVED),
    Row("no common family with an address", SIX, cannot(TEN, P), VACUOUS),
    Row("no common family with a pod", TWO_FAMILIES, cannot(P, Q), VACUOUS),
    Row("the same pod twice", ONE, cannot(P, P), VACUOUS),
    Row("no pods at all", Cluster((X,)), cannot(External(), Anything()), VACUOUS),
    Row("only addresses", ONE, cannot(External(), TEN), VACUOUS),
    Row("nobody", ONE, cannot(NOBODY, P), VACUOUS, ("PodsWhere",)),
    Row("nobody, and no common family", SIX, cannot(TEN, NOBODY), VACUOUS, ("PodsWhere",)),
    Row("nobody as the only one", ONE, only(NOBODY, reaches=IN_X), VACUOUS, ("PodsWhere",)),
    Row("nobody or addresses", ONE, cannot(AnyOf((NOBODY, TEN)), P), REFUTED),
    Row(
        "only within itself",
        ONE,
        CanReachOnly(group(P), (GroupOnPorts(group(TEN), ()),), group(P)),
        VACUOUS,
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_rows(row: Row) -> None:
    verdict = proved(answers_to(row.cluster, World.SNAPSHOT, [row.claim], DEFAULTS), row.claim)
    assert verdict.outcome is row.outcome
    empty = verdict.judgement.empty if isinstance(verdict.judgement, Vacuous) else ()
    assert empty == row.empty
    mentioned = mentions(row.cluster, [row.claim])
    tried = list(everything(row.cluster, World.SNAPSHOT, mentioned, DEFAULTS))
    expected = verdict_on(row.cluster.policies, row.claim, tried, DEFAULTS)
    assert (expected.outcome, expected.empty) == (row.outcome, frozenset(row.empty))


PODS = """
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: k, labels: {app: p}}
status: {podIPs: [{ip: "2001:db8::1"}]}
"""


@pytest.mark.parametrize(
    ("claim", "told"),
    [
        ("pods(app=x) cannot reach k/p", "no endpoint of this world is in `pods(app=x)`"),
        ("k/p cannot reach k/p", "its groups have endpoints, but between them no connection can"),
        ("cidr(10.0.0.0/8) can reach k/p", "its groups have endpoints, but between them no conn"),
    ],
)
def test_told_in_the_report(claim: str, told: str) -> None:
    report = verify(load_texts({"m.yaml": PODS}), statements_of([], [claim]))
    assert f"  vacuous         {told}" in verify_text(report)


def test_policies_of_no_pods() -> None:
    policy = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: k}
spec: {podSelector: {}}
"""
    statements = statements_of([], ["policy k/p is redundant"])
    report = verify(load_texts({"m.yaml": policy}), statements, VerifyOptions(World.SNAPSHOT))
    assert "  vacuous         the input holds no pods, so there is" in verify_text(report)
