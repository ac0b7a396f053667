"""`A is denied by default`, asked as users do."""

from __future__ import annotations

from pathlib import Path

import pytest

from netproof.cli import main
from netproof.pipeline import VerifyOptions, verify
from netproof.verdicts import Outcome, Verdict
from netproof_specs.loading import load_texts
from netproof_specs.spec_files.reading import statements_of
from netproof_specs.worlds import World

PODS = """\
{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop}, spec: {containers: [{name: c}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: db, namespace: shop}, spec: {containers: [{name: c}]}}
---
"""
TIED = """\
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: NAME}
spec:
  priority: 5
  subject: {namespaces: {}}
  ingress: [{action: ACTION, from: [{namespaces: {}}]}]
---
"""
OPEN = """\
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: rest}
spec:
  priority: 9
  subject: {namespaces: {}}
  egress: [{action: Allow, to: [{networks: [0.0.0.0/0, '::/0']}, {namespaces: {}}]}]
  ingress: [{action: Deny, from: [{namespaces: {}}], ports: [{portRange: {start: 1, end: 79}}]}]
"""


def verdict(manifests: str, claim: str, options: VerifyOptions | None = None) -> Verdict:
    loaded = load_texts({"k8s.yaml": manifests})
    (found,) = verify(loaded, statements_of([], [claim]), options).verdicts
    return found


def tied(name: str, action: str) -> str:
    return TIED.replace("NAME", name).replace("ACTION", action)


@pytest.mark.parametrize("first", ["Allow", "Deny"])
def test_one_order_of_ties_that_only_passes_leaves_a_pod_open(first: str) -> None:
    """C.4: whichever of the two goes first, the other order leaves the connection to nobody."""
    manifests = PODS + tied("a", first) + tied("b", "Pass") + OPEN
    found = verdict(manifests, "ns:shop is denied by default")
    assert found.outcome is Outcome.REFUTED
    assert found.counterexample is not None
    assert found.counterexample.decision.ingress.undecided


def test_whom_it_concerns_is_left_out() -> None:
    found = verdict(PODS, "ns:shop is denied by default", VerifyOptions(World.SNAPSHOT))
    assert found.outcome is Outcome.REFUTED
    assert found.counterexample is not None
    assert found.counterexample.concerned is None


def test_refused_with_calico(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A profile allows what no policy decides, so the claim would be of another kind."""
    policy = (
        "{apiVersion: projectcalico.org/v3, kind: NetworkPolicy, "
        "metadata: {name: p, namespace: shop}, spec: {types: [Ingress]}}\n"
    )
    (tmp_path / "k8s.yaml").write_text(PODS + policy)
    code = main(["verify", str(tmp_path), "--claim", "ns:shop is denied by default"])
    assert code == 2
    assert "`is denied by default` does not decide on objects of Calico" in capsys.readouterr().err
