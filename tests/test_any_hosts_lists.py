"""Any host endpoints that list two profiles, where labels of one tell them that the other lets in.

Own labels stand for those of profiles, but not for such as Calico gives pods (D.15). The profile
that is built in stands for others that allow everything, but only if it applies no label (D.8).
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.profiles import examples
from tests.samples import ANY_HOSTS
from tests.test_any_hosts_universe import HOME, policies
from tests.test_compare_any_hosts import Sides, check, compared, versions

from netproof.api import claims
from netproof.comparisons import Relation
from netproof.pipeline import VerifyOptions, verify
from netproof.reports.regions import region_end_text, region_text
from netproof.verdicts import Outcome, Verdict
from netproof.workspace.state import Workspace
from netproof_encodings.lowering.any_hosts import other_hosts
from netproof_specs.loading import load_texts
from netproof_specs.model.calico import CalicoAction, CalicoRule, Profile
from netproof_specs.model.cluster import Policy
from netproof_specs.worlds import World

BUILT_IN = "projectcalico-default-allow"
ALLOWS = (CalicoRule(CalicoAction.ALLOW),)


@st.composite
def lending(draw: st.DrawFn) -> tuple[Policy, ...]:
    """Two policies, and profiles that apply labels: one of the input, often the one built in."""
    *rest, profile = draw(policies())
    assert isinstance(profile, Profile)
    applied = draw(st.sampled_from([((HOME, "x"),), (("k", "a"), (HOME, "x")), (("k", "a"),)]))
    labels = draw(st.sampled_from([(), (("k", "ab"),), ((HOME, "x"),)]))
    built_in = Profile(BUILT_IN, labels, ALLOWS, ALLOWS)
    return (*rest, *([built_in] if draw(st.booleans()) else ()), replace(profile, labels=applied))


@examples(usual=12, thorough=300)
@given(versions(lending()), st.integers(0, 2**16))
def test_no_host_endpoint_tells_equivalent_versions_apart(sides: Sides, seed: int) -> None:
    """D.8, D.15: nor is there a change that the comparison does not tell."""
    check(sides, seed, 150)


POLICY = """---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: NAME}
spec:
  selector: "!has(projectcalico.org/orchestrator) && SELECTOR"
  applyOnForward: FORWARD
  types: [TYPE]
  TYPES: [{action: Deny}]
"""
PROFILE = """---
apiVersion: projectcalico.org/v3
kind: Profile
metadata: {name: NAME}
spec: {labelsToApply: {LABELS}, ingress: [RULE], egress: [RULE]}
"""
PLUGIN = "---\n{apiVersion: projectcalico.org/v3, kind: Tier, metadata: {name: t}, spec: {}}\n"
LENT = "has(projectcalico.org/namespace)"


def policy(selector: str, way: str = "Ingress", forward: str = "false") -> str:
    """One that denies all to host endpoints, or from them."""
    text = POLICY.replace("SELECTOR", selector).replace("FORWARD", forward)
    return text.replace("TYPES", way.lower()).replace("TYPE", way).replace("NAME", way.lower())


def profile(name: str, labels: str = "", rule: str = "") -> str:
    """One with a rule, if any, for both directions."""
    named = PROFILE.replace("NAME", name)
    return named.replace("LABELS", labels).replace("RULE", f"{{{rule}}}" if rule else "")


LENDING = profile("lend", "projectcalico.org/namespace: edge")
OPEN = profile("open", rule="action: Allow")
LABELLED = profile(BUILT_IN, "role: x", "action: Allow")
HALF = profile("half", rule="action: ACTION, protocol: UDP")


def test_a_label_of_pods_that_one_profile_applies_and_another_lets_in() -> None:
    """The one that applies it denies what it leaves over, and the other has not the label."""
    found = compared(LENDING + policy(LENT), LENDING, 1)
    assert found.relation is Relation.WIDER
    there = f"hosts with the profiles lend, {BUILT_IN} or with the profiles {BUILT_IN}, lend"
    assert [region_end_text(one.destination) for one in found.regions] == [there]


def test_the_profile_that_is_built_in_has_a_label() -> None:
    """It does not stand for another one after that which changes: a policy tells them apart."""
    beside = LABELLED + OPEN + policy("has(role)") + policy("has(role)", "Egress")
    old, new = (beside + HALF.replace("ACTION", one) for one in ("Pass", "Deny"))
    found = compared(old, new, 1)
    assert found.relation is Relation.NARROWER
    (region,) = found.regions
    assert "hosts(!role) with the profiles half, open" in region_text(region)


def judged(text: str, claim: str) -> Verdict:
    """The verdict on the claim in any cluster."""
    asked = VerifyOptions(World.ANY_CLUSTER)
    (found,) = verify(load_texts({"f": text}), claims([claim]), asked).verdicts
    return found


@pytest.mark.parametrize(
    ("stated", "claim"),
    [
        # All that have no such label are denied, and of others what their profile leaves over.
        (policy(f"!{LENT}"), "pods cannot reach hosts on TCP/80"),
        # D.37: nobody has the label but by the profile.
        (policy(LENT, "Egress", "true"), "pods can reach external on TCP/80"),
    ],
    ids=["at an end", "on the way"],
)
def test_claims(stated: str, claim: str) -> None:
    found = judged(LENDING + stated, claim)
    assert found.outcome is Outcome.REFUTED
    assert found.reading.endswith(f", and for {ANY_HOSTS} and that list at most 2 profiles")
    assert judged(PLUGIN + stated, claim).outcome is Outcome.PROVED


def test_claims_that_tell_own_labels_from_applied_ones() -> None:
    """Policies have it from the profile, and the group asks that nobody states it (D.15)."""
    lending, stated = profile("lend", "role: x"), policy("!has(role)")
    claim = "pods cannot reach hosts(!role) on TCP/80"
    found = judged(lending + stated, claim)
    assert found.outcome is Outcome.REFUTED
    assert found.reading.endswith(f", and for {ANY_HOSTS} and that list at most 2 profiles")
    other = judged(lending + stated, "pods cannot reach hosts(!zone) on TCP/80")
    assert other.reading.endswith(f", and for {ANY_HOSTS}")
    assert judged(PLUGIN + stated, claim).outcome is Outcome.PROVED


def test_such_a_claim_leaves_what_hosts_let_through_to_the_others_of_its_run() -> None:
    """D.37: for each list of profiles there would be too many combinations of labels."""
    lending = profile("lend", "role: x") + profile("own", "role: z")
    keys = " && ".join(f"has({key})" for key in ("role", *"abcdefgh"))
    read = load_texts({"f": lending + policy(keys, "Egress", "true")})
    asked = ["pods can reach external on TCP/80", "pods cannot reach hosts(!role) on TCP/80"]
    run = verify(read, claims(asked), VerifyOptions(World.ANY_CLUSTER)).verdicts
    assert [one.outcome for one in run] == [Outcome.REFUTED, Outcome.REFUTED]
    for one in run:
        assert one.reading.endswith(f", and for {ANY_HOSTS} and that list at most 2 profiles")


def test_a_workspace_reads_claims_as_a_run_of_all_of_them_does() -> None:
    """Whichever of them it knows already."""
    text = profile("lend", "role: x") + policy("!has(role)")
    apart, plain, other = claims(
        [f"pods cannot reach hosts{one} on TCP/80" for one in ("(!role)", "", "(zone=a)")]
    )
    workspace, options = Workspace(), VerifyOptions(World.ANY_CLUSTER)
    workspace.update({"f": text})
    for asked in ((plain,), (plain, apart), (plain, apart, other), (plain, other)):
        kept = workspace.verify(asked, options).verdicts
        alone = verify(load_texts({"f": text}), asked, options).verdicts
        assert [one.reading for one in kept] == [one.reading for one in alone]


def test_labels_that_own_ones_stand_for_need_no_list_of_two() -> None:
    """Nor do profiles that Calico makes of namespaces, which are for pods."""
    own = Profile("own", (("role", "a"),), (), ())
    found = other_hosts((own, Profile("kns.x", ((HOME, "x"),), (), ())))
    assert found is not None
    assert (found.longest, [one.profiles for one in found.hosts]) == (
        None,
        [(), (BUILT_IN,), ("own",)],
    )
