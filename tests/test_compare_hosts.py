"""Comparison with host endpoints as ends: what policies and profiles decide for them."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.agreement import belongs
from tests.calico_strategies import host_clusters
from tests.profiles import examples
from tests.samples import ANY_HOSTS, some_connections
from tests.schema_check import checked
from tests.test_bundles import check_legends, unpacked

from netproof import to_json
from netproof.api import compare
from netproof.cli import main
from netproof.comparison.policies import CompareOptions
from netproof.comparison.policies import compare as compare_policies
from netproof.comparisons import (
    Change,
    CompareReport,
    Comparison,
    Region,
    RegionHosts,
    RegionPods,
    Relation,
)
from netproof.decisions import InInput
from netproof.oracle.claims import in_scope
from netproof.oracle.connections import decide
from netproof.pipeline import verify
from netproof.reports.compare.facts import compare_facts
from netproof.verdicts import Outcome
from netproof.verified import VerifyOptions
from netproof_encodings.differences.slices import slices_of, versions_of
from netproof_encodings.obligations.claims import stage
from netproof_specs.assumptions import DEFAULTS, Assumption
from netproof_specs.loading import load_texts
from netproof_specs.model.calico import CalicoTier
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Protocol
from netproof_specs.problems import InputError
from netproof_specs.spec_files.reading import statements_of
from netproof_specs.worlds import World

HOST = """---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {{name: {name}, labels: {{ibm.role: worker_private}}}}
spec: {{node: {name}, interfaceName: "*", expectedIPs: [{address}], profiles: [{profiles}]}}
"""
OPEN = HOST.format(name="open", address="10.240.0.4", profiles="projectcalico-default-allow")
SHUT = HOST.format(name="shut", address="10.240.0.5", profiles="")
POD = """---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c}]}
"""
VPE = """---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {{name: vpe-{name}}}
spec:
  order: 500
  selector: ibm.role == 'worker_private'
  types: [Egress]
  egress:
  - {{action: Allow, protocol: TCP, destination: {{nets: [{nets}], ports: [443, 4443]}}}}
"""
PLUGIN = "---\n{apiVersion: projectcalico.org/v3, kind: Tier, metadata: {name: t}, spec: {}}\n"
"""What makes the cluster Calico's, and decides nothing."""

SPACE = "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}\n"

RANGE = VPE.format(name="range", nets="10.245.0.0/16")
HOST_WORLDS = (World.SNAPSHOT, World.ANY_PODS)
"""Those in which a pod can have the label of the host endpoints only where the input says so."""


def report(old: str, new: str, shared: str, world: World = World.ANY_PODS) -> CompareReport:
    """Two texts over what both share."""
    sides = (load_texts({"side": one, "shared": shared or SPACE}) for one in (old, new))
    return compare(*sides, CompareOptions(world, max_regions=60))


def compared(old: str, new: str, shared: str, world: World = World.ANY_PODS) -> Comparison:
    """The comparison of the report."""
    return report(old, new, shared, world).comparison


def holds(region: Region, protocol: Protocol, port: int) -> bool:
    """Whether the region holds the port."""
    return protocol in region.protocols and region.first <= port <= region.last


# --- what adding a policy does (G0.43, G0.44, G0.45) -----------------------------------------


@pytest.mark.parametrize("world", HOST_WORLDS)
def test_a_policy_that_allows_removes_what_the_profile_allowed(world: World) -> None:
    """D.3: TCP 8080 of a host endpoint with the default-allow profile; failsafe ports stay."""
    found = compared(PLUGIN, PLUGIN + RANGE, OPEN + POD, world)
    assert found.relation is Relation.NARROWER
    assert found.regions_complete
    regions = [one for one in found.regions if isinstance(one.source, RegionHosts)]
    assert any(holds(one, Protocol.TCP, 8080) for one in regions)
    kept = ((Protocol.TCP, 6443), (Protocol.TCP, 179), (Protocol.UDP, 53), (Protocol.UDP, 67))
    assert not any(holds(one, *port) for one in regions for port in kept)


@pytest.mark.parametrize("world", HOST_WORLDS)
def test_it_opens_the_range_where_there_is_no_profile(world: World) -> None:
    found = compared(PLUGIN, PLUGIN + RANGE, SHUT, world)
    assert found.relation is Relation.WIDER
    ports = {(one.first, one.last) for one in found.regions}
    assert ports == {(443, 443), (4443, 4443)}


def test_it_does_both_where_there_are_both() -> None:
    found = compared(PLUGIN, PLUGIN + RANGE, OPEN + SHUT)
    assert found.relation is Relation.INCOMPARABLE
    sources = {
        (one.change, one.source.names)
        for one in found.regions
        if isinstance(one.source, RegionHosts) and one.source.names
    }
    assert {(Change.ADDED, ("shut",)), (Change.REMOVED, ("open",))} <= sources


def test_pods_are_unaffected() -> None:
    """D.14: over pods without the label nothing changes, beside the host endpoints either."""
    assert compared(PLUGIN, PLUGIN + RANGE, POD, World.SNAPSHOT).relation is Relation.EQUIVALENT
    found = compared(PLUGIN, PLUGIN + RANGE, POD + OPEN, World.SNAPSHOT)
    assert {type(one.source) for one in found.regions} == {RegionHosts}


ZONES = ("10.245.0.0/18", "10.245.64.0/18")
EACH = PLUGIN + "".join(VPE.format(name=f"z{at}", nets=one) for at, one in enumerate(ZONES))
TOGETHER = PLUGIN + VPE.format(name="all", nets=", ".join(ZONES))


@pytest.mark.parametrize("world", World)
def test_one_policy_for_all_zones_is_as_good_as_one_for_each(world: World) -> None:
    found = compared(EACH, TOGETHER, OPEN + SHUT + POD, world)
    assert found.relation is Relation.EQUIVALENT
    less = PLUGIN + VPE.format(name="z0", nets=ZONES[0])
    assert compared(TOGETHER, less, OPEN + SHUT + POD, world).relation is Relation.NARROWER


# --- what can differ for host endpoints only ---------------------------------------------------

PROFILE = """---
apiVersion: projectcalico.org/v3
kind: Profile
metadata: {name: p}
spec: {labelsToApply: {zone: "LABEL"}, egress: [{action: Allow, protocol: TCP}]}
"""
WITH_PROFILE = HOST.format(name="h", address="10.240.0.4", profiles="p")
ZONED = """---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: g}
spec: {selector: zone == 'a', types: [Egress]}
"""
PINNED = """---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: p, namespace: x}
spec: {selector: SELECTOR, ingress: [{action: Allow}]}
"""
LABELLED = HOST.format(name="h", address="10.0.0.1", profiles="").replace(
    "{ibm.role: worker_private}", "{projectcalico.org/namespace: x}"
)
SOURCE = """---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: p, namespace: x}
spec: {ingress: [{action: Allow, source: {namespaceSelector: SELECTOR}}]}
"""
SOURCES = """---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: p, namespace: x}
spec:
  ingress:
  - {action: Allow, source: {namespaceSelector: all()}}
  - {action: Allow, source: {selector: has(ibm.role), namespaceSelector: global()}}
"""


@pytest.mark.parametrize(
    ("old", "new", "shared", "relation"),
    [
        (PROFILE, PROFILE.replace(", protocol: TCP", ""), WITH_PROFILE, Relation.WIDER),
        (PROFILE, PROFILE.replace("TCP", "UDP"), WITH_PROFILE, Relation.INCOMPARABLE),
        (PROFILE + ZONED, PROFILE.replace("LABEL", "a") + ZONED, WITH_PROFILE, Relation.NARROWER),
        (PROFILE, PLUGIN, WITH_PROFILE, Relation.NARROWER),
        # F129: a policy of a namespace that is for a host endpoint with the label of that.
        (
            PINNED.replace("SELECTOR", "'!has(projectcalico.org/orchestrator)'"),
            PINNED.replace("SELECTOR", "'!all()'"),
            LABELLED,
            Relation.NARROWER,
        ),
        # D.23: host endpoints as peers of pods, which are pinned to a namespace.
        (SOURCE.replace("SELECTOR", "all()"), SOURCES, OPEN, Relation.WIDER),
        (SOURCE.replace("SELECTOR", "all()"), SOURCES, LABELLED, Relation.EQUIVALENT),
    ],
    ids=["rules", "other rules", "labels", "no profile", "pinned", "peers", "no peers"],
)
def test_what_differs_for_hosts_only(old: str, new: str, shared: str, relation: Relation) -> None:
    assert compared(old, new, shared).relation is relation
    assert compared(new, old, shared).relation is SWAPPED[relation]


SWAPPED = {
    Relation.WIDER: Relation.NARROWER,
    Relation.NARROWER: Relation.WIDER,
    Relation.EQUIVALENT: Relation.EQUIVALENT,
    Relation.INCOMPARABLE: Relation.INCOMPARABLE,
}


def test_equal_sets_need_no_solver() -> None:
    sides = [load_texts({"f": PLUGIN + RANGE + OPEN}).cluster for _ in range(2)]
    versions = versions_of(sides[0].policies, sides[1].policies, sides[0].hosts)
    assert slices_of(versions) == []


def test_a_thousand_profiles() -> None:
    """Each place of a list has what stands for its profiles, however many there are."""
    hosts = "".join(
        HOST.format(name=f"h{at}", address=f"10.0.{at // 200}.{at % 200}", profiles=f"p{at}")
        for at in range(1100)
    )
    cluster = load_texts({"f": PLUGIN + hosts}).cluster
    versions = versions_of(cluster.policies, cluster.policies, cluster.hosts)
    assert slices_of(versions) == []


# --- what is shared, and what is said ----------------------------------------------------------


def test_the_world_of_any_cluster_holds_those_of_the_input() -> None:
    """With any pods beside them: one in a namespace that nothing names is a peer as well."""
    found = report(PLUGIN + RANGE, PLUGIN, OPEN, World.ANY_CLUSTER).comparison
    assert any(isinstance(one.destination, RegionPods) for one in found.regions)
    shown = [one for one in found.counterexamples if one.in_input is InInput.SHOWN]
    sources = [one.connection.source for one in shown]
    assert [one.name for one in sources if isinstance(one, HostEndpoint)] == ["open"]
    loaded = load_texts({"f": RANGE + OPEN})
    stated = statements_of([], ["ns:nowhere cannot reach hosts on TCP/80"])
    (verdict,) = verify(loaded, stated, VerifyOptions(World.ANY_CLUSTER)).verdicts
    assert verdict.outcome is Outcome.REFUTED
    assert verdict.reading.endswith(f", and for {ANY_HOSTS}")


@pytest.mark.parametrize("shared", [POD, OPEN + POD])
def test_that_there_may_be_any_host_endpoints_is_told(shared: str) -> None:
    """D.35: in any cluster with objects of Calico, whether or not the input has some."""
    for world in World:
        facts = compare_facts(report(PLUGIN + RANGE, PLUGIN, shared, world))
        told = [fact for fact in facts if f"holds {ANY_HOSTS} (D.35)" in fact.values[0]]
        assert bool(told) is (world is World.ANY_CLUSTER)
    facts = compare_facts(report(SPACE, SPACE, POD, World.ANY_CLUSTER))
    assert not any("host endpoints" in fact.values[0] for fact in facts)


EARLY = """---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {{name: early}}
spec: {{{field}: true, applyOnForward: true, selector: "{selector}", ingress: [{{action: Deny}}]}}
"""
COMMANDS = (
    ["verify", "in.yaml", "--claim", "ns:shop cannot reach external"],
    ["compare", "in.yaml", "in.yaml"],
    ["compare", "in.yaml", "in.yaml", "--what", "connectivity"],
    ["connections", "in.yaml"],
    ["explain", "in.yaml", "--from", "shop/web", "--to", "8.8.8.8", "--on", "TCP/80"],
    ["lint", "in.yaml"],
)


@pytest.mark.parametrize("asked", COMMANDS, ids=lambda one: " ".join(one[:1] + one[3:4]))
@pytest.mark.parametrize("field", ["doNotTrack", "preDNAT", "applyOnForward"])
def test_policies_that_come_before_are_refused_for_host_endpoints_only(
    field: str,
    asked: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """D.37, D.38: of pods they say what any policy says, or nothing."""
    monkeypatch.chdir(tmp_path)
    hosts = SPACE + POD + PLUGIN + SHUT + OPEN
    early = EARLY.format(field="order", selector="SELECTOR").replace("order: true, ", "")
    if field != "applyOnForward":
        early = EARLY.format(field=field, selector="SELECTOR")
    selecting = early.replace("SELECTOR", "has(ibm.role)")
    Path("in.yaml").write_text(hosts + selecting, encoding="utf-8")
    if field == "applyOnForward":
        assert main(asked) in {0, 1}
    else:
        assert main(asked) == 2
        said = capsys.readouterr().err
        assert f"`{field}` is not modelled for the host endpoints `open` and 1 more" in said
    for_pods = early.replace("SELECTOR", "app == 'web'")
    Path("in.yaml").write_text(hosts + for_pods, encoding="utf-8")
    assert main(asked) in {0, 1}


def test_a_policy_of_one_side_for_a_host_endpoint_of_the_other() -> None:
    early = EARLY.format(field="preDNAT", selector="has(ibm.role)")
    with pytest.raises(InputError, match="`preDNAT` is not modelled for the host endpoint `open`"):
        report(PLUGIN + early, PLUGIN + OPEN, "")


def test_a_pod_of_one_side_that_may_pass_a_host_endpoint_of_the_other() -> None:
    agent = POD.replace("{containers", "{hostNetwork: true, containers")
    with pytest.raises(InputError, match="does not tell which host endpoint"):
        report(PLUGIN + agent, PLUGIN + OPEN, "")


def test_sides_that_state_a_host_endpoint_differently() -> None:
    other = OPEN.replace("10.240.0.4", "10.240.0.9")
    with pytest.raises(InputError, match="HostEndpoint `open` differs"):
        report(PLUGIN + OPEN, PLUGIN + other, "")


def test_a_host_endpoint_that_one_side_has_is_told() -> None:
    """The host endpoint is there for both sets of policies, and the report says that it is new."""
    found = report(PLUGIN, PLUGIN + OPEN, "")
    assert [(one.fate.value, one.kind, one.name) for one in found.objects] == [
        ("added", "HostEndpoint", "open")
    ]
    assert found.comparison.relation is Relation.EQUIVALENT


def test_the_report_and_its_schema() -> None:
    found = report(PLUGIN, PLUGIN + RANGE, OPEN + SHUT)
    data = checked(to_json(found), "compare")
    kinds = {region["source"]["kind"] for region in data["regions"]}
    assert "hosts" in kinds
    reasons = {
        side[which]["reason"]
        for one in data["counterexamples"]
        for side in (one["old"], one["new"])
        for which in ("egress", "ingress")
    }
    assert {"profile-allows", "no-profile-allows"} <= reasons


def test_what_a_person_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new, shared = (tmp_path / name for name in ("old.yaml", "new.yaml", "shared.yaml"))
    for path, text in ((old, PLUGIN), (new, PLUGIN + RANGE), (shared, OPEN + SHUT)):
        path.write_text(text, encoding="utf-8")
    bundle = tmp_path / "b.zip"
    command = ["compare", str(old), str(new), "--context", str(shared), "--world", "any-pods"]
    assert main([*command, "--bundle", str(bundle)]) == 1
    out = capsys.readouterr().out
    assert "the profile projectcalico-default-allow of HostEndpoint/open admits it\n" in out
    assert "no profile of HostEndpoint/shut admits it\n" in out
    assert "2 host endpoints" in out
    assert "not looked at" not in out
    assert main(["recheck", str(bundle)]) == 0


@pytest.mark.parametrize("world", [World.ANY_PODS, World.ANY_CLUSTER])
def test_evidence_of_an_equivalence(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sets that are alike by a proof only, so that the bundle holds slices with host endpoints."""
    paths = [tmp_path / name for name in ("old.yaml", "new.yaml", "shared.yaml")]
    halves = PLUGIN + VPE.format(name="halves", nets="10.245.0.0/17, 10.245.128.0/17")
    for path, text in zip(paths, (halves, PLUGIN + RANGE, OPEN + SHUT + PROFILE), strict=True):
        path.write_text(text, encoding="utf-8")
    bundle = tmp_path / "b.zip"
    command = ["compare", str(paths[0]), str(paths[1]), "--context", str(paths[2])]
    assert main([*command, "--world", world.value, "--bundle", str(bundle)]) == 0
    assert main(["recheck", str(bundle)]) == 0
    assert "EQUIVALENT" in capsys.readouterr().out
    members = unpacked(bundle.read_bytes())
    check_legends(members)
    index = json.loads(members["index.json"])
    says = [part["says"] for part in index["verdicts"][0]["obligations"]]
    of_others = "egress at host endpoints that are none of the input is decided alike"
    assert (of_others in says) is (world is World.ANY_CLUSTER)


@pytest.mark.parametrize(
    ("claim", "world", "outcome"),
    [
        ("policy vpe-range is necessary", World.SNAPSHOT, Outcome.PROVED),
        ("policy vpe-range is redundant", World.ANY_PODS, Outcome.REFUTED),
        ("policy vpe-range is redundant", World.ANY_CLUSTER, Outcome.REFUTED),
        ("policies vpe-z0 + vpe-z1 and vpe-all are equivalent", World.ANY_PODS, Outcome.PROVED),
    ],
)
def test_claims_on_policies(claim: str, world: World, outcome: Outcome) -> None:
    policies = RANGE if "range" in claim else EACH + TOGETHER.replace(PLUGIN, "")
    loaded = load_texts({"f": policies + OPEN})
    (found,) = verify(loaded, statements_of([], [claim]), VerifyOptions(world)).verdicts
    assert found.outcome is outcome
    whose = "any" if world is World.ANY_CLUSTER else "its"
    assert f", and for {whose} host endpoints" in found.reading


def test_a_claim_on_a_policy_that_may_be_for_hosts_says_so() -> None:
    """D.14: over pods the policy changes nothing, and what it is for is not in the input."""
    loaded = load_texts({"f": RANGE + POD})
    claim = "policy vpe-range is redundant"
    (found,) = verify(loaded, statements_of([], [claim]), VerifyOptions(World.SNAPSHOT)).verdicts
    assert found.outcome is Outcome.PROVED
    assert found.reading.endswith("nothing is said of host endpoints, as the input has none")


# --- generated clusters ----------------------------------------------------------------------


@examples(usual=15, thorough=200)
@given(
    cluster=host_clusters(), world=st.sampled_from(World), at=st.integers(0, 20), seed=st.integers()
)
def test_what_differs_is_found(cluster: Cluster, world: World, at: int, seed: int) -> None:
    """No connection that the oracle decides differently is missing from the relation."""
    assumptions = DEFAULTS - {Assumption.TIES}
    gone = cluster.policies[at % len(cluster.policies)]
    if isinstance(gone, CalicoTier):
        return
    left = tuple(one for one in cluster.policies if one is not gone)
    shared = replace(cluster, policies=())
    options = CompareOptions(world, assumptions=assumptions, max_regions=1)
    found = compare_policies(cluster.policies, left, shared, options).relation
    on = stage(cluster, world, [])
    for one in some_connections(on, random.Random(seed), 40):
        if not (belongs(on, one, assumptions) and in_scope(one, assumptions)):
            continue
        sides = ((*policies, *cluster.hosts) for policies in (cluster.policies, left))
        before, after = (decide(side, one, assumptions).allowed for side in sides)
        if before and not after:
            assert found in {Relation.NARROWER, Relation.INCOMPARABLE}
        if after and not before:
            assert found in {Relation.WIDER, Relation.INCOMPARABLE}


# --- what the input does not hold ------------------------------------------------------------


@pytest.mark.parametrize(
    ("selector", "told"),
    [("global()", True), ("'!has(t)'", True), ("all()", False), ("has(t)", False)],
)
def test_rules_that_host_endpoints_can_meet_are_told(
    selector: str, *, told: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """D.23: over pods the sets are alike, and a host endpoint may be a peer."""
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    rules = SOURCE.replace("SELECTOR", f"{selector}, selector: has(role)")
    for path in (old, new):
        path.write_text(SPACE + PLUGIN + rules, encoding="utf-8")
    assert main(["compare", str(old), str(new), "--world", "any-pods"]) == 0
    assert ("`namespaceSelector` asks for no namespace" in capsys.readouterr().out) is told
    assert main(["compare", str(old), str(new)]) == 0
    out = capsys.readouterr().out
    assert "`namespaceSelector` asks for no namespace" not in out
    assert f"any-cluster holds {ANY_HOSTS}" in out


@pytest.mark.parametrize("world", World)
def test_evidence_in_every_world(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, bundle = tmp_path / "in.yaml", tmp_path / "b.zip"
    path.write_text(PLUGIN + RANGE + OPEN + SHUT, encoding="utf-8")
    claims = ("hosts cannot reach external on TCP/80", "external cannot reach hosts on TCP/22")
    asked = [part for one in claims for part in ("--claim", one)]
    assert main(["verify", str(path), "--world", world.value, *asked, "--bundle", str(bundle)]) == 1
    assert main(["recheck", str(bundle)]) == 0
    out = capsys.readouterr().out
    # In any cluster others may list a profile that allows it.
    assert ("PROVED" in out) is (world is not World.ANY_CLUSTER)
    assert "REFUTED" in out
