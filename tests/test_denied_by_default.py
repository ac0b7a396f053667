"""`A is denied by default`, asked as users do."""

from __future__ import annotations

import pytest

from netproof.pipeline import verify
from netproof.verdicts import Outcome, Verdict
from netproof.verified import VerifyOptions
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


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ("types: [Ingress, Egress]", Outcome.PROVED),
        ("types: [Ingress]", Outcome.REFUTED),
        ("types: [Ingress, Egress], ingress: [{action: Pass}]", Outcome.REFUTED),
        ("types: [Ingress, Egress], ingress: [{action: Allow}, {action: Pass}]", Outcome.PROVED),
    ],
)
def test_with_calico(given: str, outcome: Outcome) -> None:
    """D.3, D.8: the end of a tier decides; the profile that allows what all pass on does not."""
    policy = (
        "{apiVersion: projectcalico.org/v3, kind: NetworkPolicy, "
        f"metadata: {{name: p, namespace: shop}}, spec: {{{given}}}}}\n"
    )
    assert verdict(PODS + policy, "ns:shop is denied by default").outcome is outcome
