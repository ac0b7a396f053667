"""The rows of tests/acceptance/equivalences.yaml, by comparison and as claims."""

from __future__ import annotations

import random
from typing import Any

import pytest
from tests.acceptance.constraints import differences
from tests.acceptance.table import equivalences
from tests.compare_checks import SWAPPED, misplaced, unequal

from netproof.comparison.policies import compare
from netproof.comparisons import Comparison, Difference, Relation
from netproof.pipeline import verify
from netproof.verdicts import Alike, Evidence, Outcome
from netproof_specs.loading import LoadOptions, load_texts
from netproof_specs.model.cluster import Cluster, Policy
from netproof_specs.spec_files.reading import statements_of
from netproof_specs.worlds import World

ROWS = equivalences().data["rows"]


def sides(row: dict[str, Any]) -> tuple[tuple[Policy, ...], tuple[Policy, ...]]:
    """The policies of both sides."""
    options = LoadOptions(namespace=row.get("namespace", "default"))
    left, right = (
        load_texts(equivalences().texts(row[side]), options).cluster.policies
        for side in ("left", "right")
    )
    return left, right


def compared(row: dict[str, Any]) -> Comparison:
    """The comparison of the right side with the left one, in any cluster."""
    return compare(*sides(row))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_relation(row: dict[str, Any]) -> None:
    found = compared(row)
    assert found.world is World.ANY_CLUSTER
    assert found.relation.value == row["verdict"]
    assert found.regions_complete
    if "counterexample" in row:
        (example,) = found.counterexamples
        evidence = Evidence(example.connection, example.old)
        assert differences(row["counterexample"], evidence) == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_the_other_way_round(row: dict[str, Any]) -> None:
    left, right = sides(row)
    assert compare(right, left).relation is SWAPPED[Relation(row["verdict"])]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_regions_are_the_difference(row: dict[str, Any]) -> None:
    left, right = sides(row)
    found = compare(left, right)
    assert unequal(left, right, Cluster(), found) == []
    count, wrong = misplaced(left, right, Cluster(), found, random.Random(1))
    assert wrong == []
    assert bool(count) is (row["verdict"] != "EQUIVALENT")


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["id"] != "copies-of-frontend"], ids=lambda row: row["id"]
)
def test_as_a_claim(row: dict[str, Any]) -> None:
    """The claim names the files of both sides; two policies of one name fit in no one input."""
    options = LoadOptions(namespace=row.get("namespace", "default"))
    loaded = load_texts(equivalences().texts([*row["left"], *row["right"]]), options)
    left, right = (
        " + ".join(name.rpartition("/")[2] for name in equivalences().texts(row[side]))
        for side in ("left", "right")
    )
    claim = f"policies {left} and {right} are equivalent"
    (verdict,) = verify(loaded, statements_of([], [claim])).verdicts
    assert verdict.world is World.ANY_CLUSTER
    proved = row["verdict"] == "EQUIVALENT"
    assert verdict.outcome is (Outcome.PROVED if proved else Outcome.REFUTED)
    assert isinstance(verdict.grounds, Alike if proved else Difference)


def test_every_row_of_the_acceptance_list_is_there() -> None:
    proved = {row["row"] for row in ROWS if row["verdict"] == "EQUIVALENT"}
    assert proved == {"G1.17", "G1.19", "G2.15", "G4.17"}
