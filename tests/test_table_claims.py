"""The claims of the truth tables (F102, F103) end in their verdicts."""

from __future__ import annotations

import pytest
from tests.truth_tables import ClaimRow, claim_rows

from netproof.pipeline import verify
from netproof.verified import VerifyOptions
from netproof_specs.loading import load_texts
from netproof_specs.model.connections import PodEndpoint
from netproof_specs.spec_files.reading import statements_of


@pytest.mark.parametrize("row", claim_rows(), ids=lambda row: f"{row.id} {row.claim}")
def test_claim(row: ClaimRow) -> None:
    (statement,) = statements_of([], [row.claim])
    loaded = load_texts({"tables.yaml": row.manifests})
    (verdict,) = verify(loaded, [statement], VerifyOptions(world=row.world)).verdicts
    assert verdict.outcome.value == row.verdict


def test_whoever_breaks_the_first_scenario_comes_from_the_second() -> None:
    """F103: the model is a pod of the project without the label that the claim asks for."""
    row = next(one for one in claim_rows() if one.id == "F103.1")
    (statement,) = statements_of([], [row.claim])
    loaded = load_texts({"tables.yaml": row.manifests})
    (verdict,) = verify(loaded, [statement], VerifyOptions(world=row.world)).verdicts
    assert verdict.counterexample is not None
    source = verdict.counterexample.connection.source
    assert isinstance(source, PodEndpoint)
    assert dict(source.labels).get("role") != "frontend"
    assert dict(source.namespace.labels)["project"] == "myproject"
