"""Every claim that the five documents make about a NetworkPolicy ends in its verdict."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from tests.acceptance.constraints import differences
from tests.acceptance.table import (
    CASE_KEYS,
    FILE_KEYS,
    ROW_KEYS,
    Case,
    cases,
    equivalences,
    rows,
    tables,
)
from tests.profiles import some

from netproof.oracle.connections import decide
from netproof.pipeline import verify
from netproof.verdicts import Outcome, Verdict
from netproof_specs.assumptions import DEFAULTS
from netproof_specs.loading import Loaded, LoadOptions, load_texts
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.connections import Connection, PodEndpoint, pod_of
from netproof_specs.model.traffic import Protocol
from netproof_specs.problems import InputError, Problem
from netproof_specs.spec_files.reading import read_spec, statements_of

ALL_ROWS = {
    f"G{document}.{number}"
    for document, last in enumerate((46, 19, 15, 24, 17))
    for number in range(1, last + 1)
}
NOT_FROM_MANIFESTS = {"G0.2", "G0.40", "G2.3", "G2.4", "G3.5", "G3.24"}
OTHER_KINDS = {f"G0.{number}" for number in range(41, 47)}
NO_CLAIM_SAYS_IT = {"G0.7"}


def verdicts(case: Case, loaded: Loaded, *claims: str) -> tuple[Verdict, ...]:
    """The verdicts on the claims in the case's world."""
    spec = read_spec("rows.yaml", case.table.spec([*claims], case.data.get("world", "snapshot")))
    return verify(loaded, statements_of([spec], ())).verdicts


@pytest.mark.parametrize("case", cases("claim"), ids=lambda case: case.id)
def test_claim(case: Case) -> None:
    (verdict,) = verdicts(case, case.load(), case.data["claim"])
    assert verdict.outcome.value == case.data["verdict"], verdict
    if "counterexample" in case.data:
        assert verdict.counterexample is not None
        assert differences(case.data["counterexample"], verdict.counterexample) == []
    if "witness" in case.data:
        assert verdict.witness is not None
        assert differences(case.data["witness"], verdict.witness) == []


@pytest.mark.parametrize("case", cases("rejected"), ids=lambda case: case.id)
def test_rejected(case: Case) -> None:
    with pytest.raises(InputError) as caught:
        case.load()
    for expected in case.rejected():
        assert any(meets(problem, expected) for problem in caught.value.problems), str(caught.value)


def meets(problem: Problem, expected: dict[str, str]) -> bool:
    """Whether the problem stands `at` the place, of which the column may be left out."""
    place = str(problem.where).rpartition("/")[2]
    at = expected["at"]
    return expected["message"] in str(problem) and (place == at or place.startswith(f"{at}:"))


@pytest.mark.parametrize("case", cases("connection"), ids=lambda case: case.id)
def test_decision(case: Case) -> None:
    cluster, stated = case.load().cluster, case.data["connection"]
    connection = Connection(
        pod(cluster, stated["from"]),
        pod(cluster, stated["to"]),
        Protocol(stated["protocol"]),
        stated["port"],
    )
    decision = decide(cluster.policies, connection, DEFAULTS)
    assert {
        "egress": decision.egress.reason,
        "ingress": decision.ingress.reason,
    } == case.data["decision"]


def pod(cluster: Cluster, title: str) -> PodEndpoint:
    """The only pod of the workload `namespace/name`."""
    (found,) = (one for one in cluster.workloads if f"{one.namespace}/{one.name}" == title)
    (namespace,) = (one for one in cluster.namespaces if one.name == found.namespace)
    return pod_of(found, namespace, 1)


def subsets() -> list[tuple[Case, tuple[str, ...]]]:
    """Every case about all subsets, with each subset."""
    return [
        (case, chosen)
        for case in cases("subsets-of")
        for size in range(len(case.data["subsets-of"]) + 1)
        for chosen in itertools.combinations(case.data["subsets-of"], size)
    ]


@pytest.mark.generated
@pytest.mark.parametrize(
    ("case", "chosen"),
    some(subsets()),
    ids=lambda one: one.row if isinstance(one, Case) else str(one),
)
def test_some_claim_fails_for_every_subset(case: Case, chosen: tuple[str, ...]) -> None:
    assert case.data["verdict"] == "some REFUTED"
    found = verdicts(case, case.load(*chosen), *case.data["claims"])
    assert Outcome.REFUTED in {verdict.outcome for verdict in found}


def test_every_row_is_there_once() -> None:
    ids = [row["id"] for _, row in rows()]
    assert len(ids) == len(set(ids))
    assert set(ids) == ALL_ROWS


def test_what_is_left_out_is_what_cannot_be_asked() -> None:
    left_out = {row["id"] for _, row in rows() if row.get("out-of-scope")}
    outside = {row["id"] for _, row in rows() if row.get("outside")}
    assert left_out == NOT_FROM_MANIFESTS | OTHER_KINDS
    assert outside == NO_CLAIM_SAYS_IT


def test_every_other_row_ends_in_its_verdict() -> None:
    for _, row in rows():
        if not ("outside" in row or "out-of-scope" in row):
            check_row(row["id"], row["verdict"], row["cases"])


def check_row(row: str, verdict: str, stated: list[dict[str, object]]) -> None:
    """A true row has a proof, a false one a refutation, a conditional one both.

    What is wrong as written may be refused instead. A `decision` states a condition that claims
    cannot name, because they do not speak of a pod and itself or of its node.
    """
    found = {str(case.get("verdict")) for case in stated}
    refuted = any("REFUTED" in one for one in found) or any("decision" in case for case in stated)
    rejected = any("rejected" in case for case in stated)
    written, *corrected = verdict.split(" / ")
    if {"F", "UC"} & {*corrected}:
        assert refuted, row
    if written in {"F", "UC"}:
        assert refuted or rejected, row
    if {"T", "UC"} & {written, *corrected}:
        assert "PROVED" in found, row
    if written == "V" or "REJECTED" in corrected:
        assert rejected or refuted, row


def test_the_tables_have_no_unknown_words() -> None:
    for table in tables():
        assert table.data.keys() <= FILE_KEYS
        for row in table.data["rows"]:
            assert row.keys() <= ROW_KEYS, row["id"]
            assert all(case.keys() <= CASE_KEYS for case in row.get("cases", [])), row["id"]


def test_equivalences_belong_to_rows() -> None:
    named = {(row["id"], one) for _, row in rows() for one in row.get("equivalences", [])}
    assert {(one["row"], one["id"]) for one in equivalences().data["rows"]} == named


@pytest.mark.parametrize("pair", equivalences().data["rows"], ids=lambda pair: pair["id"])
def test_both_sides_of_an_equivalence_can_be_read(pair: dict[str, Any]) -> None:
    options = LoadOptions(namespace=pair.get("namespace", "default"))
    for side in (pair["left"], pair["right"]):
        loaded = load_texts(equivalences().texts(side), options)
        assert len(loaded.cluster.policies) == len(side)
