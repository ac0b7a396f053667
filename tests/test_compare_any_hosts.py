"""Any host endpoints in comparisons: those of a small universe are tried, by the oracle alone."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.mutants import Function, Mutant, mutant, planted
from tests.profiles import examples
from tests.samples import ANY_HOSTS
from tests.test_any_hosts_universe import hosts, pods, policies, with_port

from netproof.api import compare as compare_loaded
from netproof.cli import main
from netproof.comparison.policies import CompareOptions, compare
from netproof.comparisons import Change, Comparison, Relation
from netproof.oracle.connections import decide
from netproof.oracle.regions import in_region
from netproof.pipeline import VerifyOptions, verify
from netproof.replay import DisagreementError
from netproof.reports.compare.facts import compare_facts
from netproof.reports.formats import COMPARE_FORMATS
from netproof.reports.regions import region_end_text, region_text
from netproof.verdicts import Outcome
from netproof_encodings.lowering import calico_versions
from netproof_encodings.lowering.any_hosts import other_hosts_of_both
from netproof_encodings.vocabulary.hosts import Whom
from netproof_specs.assumptions import DEFAULTS, Assumption
from netproof_specs.loading import load_texts
from netproof_specs.model.calico import (
    CalicoAction,
    CalicoNetworkPolicy,
    CalicoRule,
    CalicoTier,
    GlobalNetworkPolicy,
    Profile,
)
from netproof_specs.model.cluster import Policy
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Protocol
from netproof_specs.spec_files.reading import statements_of
from netproof_specs.worlds import World

Sides = tuple[tuple[Policy, ...], tuple[Policy, ...]]
ASSUMED = DEFAULTS - {Assumption.TIES}
RELATIONS = {
    frozenset[Change](): Relation.EQUIVALENT,
    frozenset({Change.ADDED}): Relation.WIDER,
    frozenset({Change.REMOVED}): Relation.NARROWER,
    frozenset(Change): Relation.INCOMPARABLE,
}
TURNED = {
    CalicoAction.ALLOW: CalicoAction.DENY,
    CalicoAction.DENY: CalicoAction.PASS,
    CalicoAction.PASS: CalicoAction.ALLOW,
    CalicoAction.LOG: CalicoAction.ALLOW,
}
LISTS = (
    *((), ("projectcalico-default-allow",), ("p",), ("p", "projectcalico-default-allow")),
    *(("projectcalico-default-allow", "p"), ("missing", "p"), ("p", "missing")),
)


@st.composite
def versions(draw: st.DrawFn, those: st.SearchStrategy[tuple[Policy, ...]]) -> Sides:
    """Two versions of policies, of which one object is another in one, or is not there."""
    stated = draw(those)
    at = draw(st.integers(0, len(stated) - 1))
    new = draw(st.sampled_from([*changed(stated[at]), None]))
    rest = (*stated[:at], *stated[at + 1 :])
    # Some object of Calico is left in any case.
    both = stated, (*rest, *(() if new is None else (new,)), CalicoTier("t", 9.0, None))
    return both if draw(st.booleans()) else (both[1], both[0])


def changed(one: Policy) -> Iterator[Policy]:
    """The object with something else said."""
    match one:
        case Profile(labels=labels, ingress=ingress):
            yield replace(one, labels=(("k", "ab"),))
            yield replace(one, labels=())
            yield replace(one, ingress=(*ingress, CalicoRule(CalicoAction.DENY)))
            yield replace(one, ingress=tuple(map(turned, ingress)), labels=labels)
        case CalicoNetworkPolicy(spec=spec) | GlobalNetworkPolicy(spec=spec):
            yield replace(one, spec=replace(spec, selector=None))
            yield replace(one, spec=replace(spec, ingress=tuple(map(turned, spec.ingress or ()))))
            yield replace(one, spec=replace(spec, egress=(spec.egress or ())[1:]))
            yield replace(one, spec=replace(spec, types=spec.types[:1] if spec.types else None))
        case _:
            raise AssertionError(one)


def turned(rule: CalicoRule) -> CalicoRule:
    """The rule with another action."""
    return replace(rule, action=TURNED[rule.action])


def universe(rng: random.Random, count: int) -> list[Connection]:
    """Some of the connections of hosts, pods and an address that something tells apart."""
    listing = [
        [replace(one, profiles=listed) for one in hosts(node, at) for listed in LISTS]
        for node, at in (("m1", "192.0.2.1"), ("m2", "192.0.2.2"))
    ]
    outside = ExternalEndpoint("192.0.2.9")
    ends: list[Endpoint] = [*listing[0], *pods("p"), outside]
    others: list[Endpoint] = [*listing[1], *pods("q"), outside]
    pairs = [(one, far) for one, far in product(ends, others) if one != far]
    drawn = rng.sample(pairs, count)
    return [
        Connection(one, named, Protocol.TCP, 80) for one, far in drawn for named in with_port(far)
    ]


def change_of(sides: Sequence[Sequence[Policy]], connection: Connection) -> Change | None:
    """How the connection changes from the first to the second."""
    before, after = (decide(side, connection, ASSUMED).allowed for side in sides)
    if before is after:
        return None
    return Change.ADDED if after else Change.REMOVED


def is_listed(connection: Connection, lists: frozenset[tuple[str, ...]]) -> bool:
    """Whether the host endpoints of the connection list profiles as regions have them."""
    ends = (connection.source, connection.destination)
    return all(one.profiles in lists for one in ends if isinstance(one, HostEndpoint))


def check(sides: Sides, seed: int, count: int) -> Comparison:
    """What changes is in the relation, and in regions of that change alone."""
    options = CompareOptions(World.ANY_CLUSTER, ASSUMED, max_regions=4)
    found = compare(*sides, options=options)
    told = next(changes for changes, one in RELATIONS.items() if one is found.relation)
    others = other_hosts_of_both(*sides)
    lists = frozenset(() if others is None else (one.profiles for one in others.hosts))
    for one in universe(random.Random(seed), count):
        change = change_of(sides, one)
        assert change is None or change in told, one
        if is_listed(one, lists):
            holding = {region.change for region in found.regions if in_region(one, region)}
            assert holding <= {change}, one
            assert holding or change is None or not found.regions_complete, one
    return found


@examples(usual=15, thorough=400)
@given(versions(policies()), st.integers(0, 2**16))
def test_no_host_endpoint_tells_equivalent_versions_apart(sides: Sides, seed: int) -> None:
    """Nor is there a change that the comparison does not tell."""
    check(sides, seed, 150)


# --- what is told of them ------------------------------------------------------------------------

SPACE = "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}\n"
PLUGIN = "---\n{apiVersion: projectcalico.org/v3, kind: Tier, metadata: {name: t}, spec: {}}\n"
PROFILE = """---
apiVersion: projectcalico.org/v3
kind: Profile
metadata: {name: p}
spec: {labelsToApply: {LABELS}, egress: [{action: ACTION, protocol: UDP}]}
"""
PLAIN = PROFILE.replace("LABELS", "")
PASSING, DENYING = (PLAIN.replace("ACTION", one) for one in ("Pass", "Deny"))
ZONED = PROFILE.replace("ACTION", "Deny").replace("LABELS", "zone: a")
FELIX = """---
apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: {name: NAME}
spec: {failsafeOutboundHostPorts: [{protocol: tcp, port: 9}]}
"""
OF_NODE, OF_OTHER, OF_ALL = (
    FELIX.replace("NAME", one) for one in ("node.n1", "node.n2", "default")
)
EARLY = """---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: early}
spec: {doNotTrack: true, applyOnForward: true, selector: has(k), ingress: [{action: Deny}]}
"""
OF_SPACE = """---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: np, namespace: x}
spec: {selector: SELECTOR, types: [Ingress], ingress: [{action: Allow, protocol: TCP}]}
"""
EVERY, SOME = (OF_SPACE.replace("SELECTOR", one) for one in ("all()", "app != 'a'"))
HOMED, EDGED = (
    PASSING.replace("{}", f"{{{one}}}") for one in ("projectcalico.org/namespace: x", "role: edge")
)
EDGE = """---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: edge}
spec:
  selector: role == 'edge'
  applyOnForward: true
  types: [Egress]
  egress: [{action: Deny, protocol: TCP, destination: {ports: [25]}}, {action: Allow}]
"""
K8S = """---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: k, namespace: shop}
spec: {podSelector: {}, ingress: [{from: [{podSelector: {}}], ports: [{port: http}]}]}
"""
E, N, W, I = (  # noqa: E741
    *(Relation.EQUIVALENT, Relation.NARROWER, Relation.WIDER),
    Relation.INCOMPARABLE,
)
BOTH = "hosts with the profiles p, projectcalico-default-allow"
ELSEWHERE = "hosts with no profile on another node than n1"


@pytest.mark.parametrize(
    ("old", "new", "relation", "source"),
    [
        # Nothing of Calico, so that there are none.
        ("", "", E, ""),
        # D.8: alone a profile denies what it leaves over too; before another that counts.
        (PASSING, DENYING, N, BOTH),
        # D.8: where a profile does not exist it denies.
        (PLUGIN, PASSING, W, BOTH),
        (PLUGIN, DENYING, W, BOTH),
        # D.36: what agents keep open, of nodes by their names.
        (PLUGIN, PLUGIN + OF_NODE, I, "hosts with no profile on node n1"),
        (PLUGIN + OF_NODE, PLUGIN + OF_NODE + OF_OTHER, I, "hosts with no profile on node n2"),
        (PLUGIN, PLUGIN + OF_NODE + OF_OTHER, I, "hosts with no profile on node n1 or n2"),
        (PLUGIN, PLUGIN + OF_ALL, I, "hosts with no profile"),
        (PLUGIN + OF_NODE, PLUGIN + OF_NODE + OF_ALL, I, ELSEWHERE),
    ],
    ids=lambda one: one.value if isinstance(one, Relation) else "",
)
def test_what_tells_host_endpoints(old: str, new: str, relation: Relation, source: str) -> None:
    found = compared(old, new, 40)
    assert found.relation is relation
    assert {region_end_text(one.source) for one in found.regions} >= ({source} if source else set())
    assert found.hosts_only is (relation is not E)


def compared(old: str, new: str, regions: int) -> Comparison:
    """The comparison of two texts, with so many regions for each change."""
    before, after = (load_texts({"f": SPACE + one}) for one in (old, new))
    return compare_loaded(before, after, CompareOptions(max_regions=regions)).comparison


ROWS = {
    # D.13, D.15: a policy of a namespace is for whoever has its label, by a profile as well.
    "home": (EVERY + PASSING, EVERY + HOMED, I, "hosts with the profile p"),
    "same home": (EVERY + HOMED, EVERY + HOMED + PLUGIN, E, ""),
    "selector": (EVERY + HOMED, SOME + HOMED, I, "hosts(app=a) with the profile p"),
    # D.15: of a profile alone; no host endpoint states such a label itself.
    "pods alone": (EVERY, SOME, W, "pods(app=a) in ns:x"),
    # D.37: what a host lets through that has the label by a profile in one version only.
    "edge": (EDGE + PASSING, EDGE + EDGED, I, "pods  ->  pods"),
    # Whether or not a side has objects of Calico, the cluster is Calico's; D.6.
    "plug-in": (K8S, K8S + PLUGIN, E, ""),
    "two profiles": (PASSING, DENYING, N, "hosts with the profiles p, projectcalico-default-allow"),
}


def check_row(name: str) -> None:
    """The relation is as the row says, and some region shows why."""
    old, new, relation, shown = ROWS[name]
    found = compared(old, new, 6)
    assert found.relation is relation
    assert any(shown in region_text(one) for one in found.regions) or not shown


@pytest.mark.parametrize("name", ROWS)
def test_row(name: str) -> None:
    check_row(name)


def lists_of_one(_: Function) -> Function:
    return lambda old, new: calico_versions.hosts_of_one((*old, *new))


def profiles_give_no_home(_: Function) -> Function:
    def home(policy: Any, pods: Any, hosts: Any, setting: Any) -> Any:
        return policy.namespace or None

    return home


def only_known_ends(right: Function) -> Function:
    return lambda *given: right(*given)[:1]


def no_slices_of_others(right: Function) -> Function:
    return lambda versions, whom: () if whom is Whom.OTHERS else right(versions, whom)


def labels_let_through_alike(right: Function) -> Function:
    return lambda versions, lists, *rest: right(versions[:1], [()], *rest)


LOWERING, DIFFERENCES = "netproof_encodings.lowering", "netproof_encodings.differences"
PLANTED = (
    mutant(f"{LOWERING}.calico_versions", "hosts_of_both", lists_of_one, "two profiles"),
    mutant(f"{LOWERING}.calico", "_home", profiles_give_no_home, "home"),
    mutant(f"{DIFFERENCES}.obligations", "kinds_of", only_known_ends, "selector"),
    mutant(f"{DIFFERENCES}.slices", "_end_slices", no_slices_of_others, "home"),
    mutant(f"{LOWERING}.calico_forward", "passed_in", labels_let_through_alike, "edge"),
)


@pytest.mark.parametrize("planted_", PLANTED, ids=lambda one: one.id)
def test_planted_errors_are_noticed(planted_: Mutant) -> None:
    with planted(planted_), pytest.raises((AssertionError, DisagreementError)):
        check_row(planted_.killed_by)


def test_too_many_kinds_to_tell_what_they_let_through() -> None:
    """D.37: each of seven policies is for host endpoints with a label of its own."""
    forwarding = EARLY.replace("doNotTrack: true, ", "")
    texts = [forwarding.replace("early", f"f{at}").replace("(k)", f"(k{at})") for at in range(7)]
    some, every, fewer = (
        load_texts({"f": SPACE + "".join(listed)}) for listed in (texts[:2], texts, texts[1:])
    )
    only = "of which only those of the input decide on what they let through"
    for old, is_told in ((some, False), (every, True)):
        facts = compare_facts(compare_loaded(old, old))
        assert any(only in fact.values[0] for fact in facts) is is_told
    changed = compare_loaded(every, fewer, CompareOptions(max_regions=1)).comparison
    assert changed.relation is not E


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (PASSING, DENYING, f"{ANY_HOSTS} (D.35)"),
        (PASSING, ZONED, f"{ANY_HOSTS} and that list at most 2 profiles (D.35)"),
        (PASSING, EARLY, "pods and that no policy with `doNotTrack` or `preDNAT` selects"),
    ],
)
def test_which_host_endpoints_there_are_is_told(old: str, new: str, told: str) -> None:
    before, after = (load_texts({"f": SPACE + one}) for one in (old, new))
    facts = compare_facts(compare_loaded(before, after, CompareOptions(max_regions=1)))
    assert [told in fact.values[0] for fact in facts].count(True) == 1


@pytest.mark.parametrize("form", COMPARE_FORMATS)
def test_every_format_tells_what_there_is(form: str) -> None:
    """Which host endpoints these are, that each change has one, and that both share a set-up."""
    before, after = (load_texts({"f": SPACE + one}) for one in (PASSING, ZONED))
    text = COMPARE_FORMATS[form](compare_loaded(before, after, CompareOptions(max_regions=1)))
    for told in ("that list at most 2 profiles", "and between pods and addresses outside"):
        assert told in " ".join(text.split())
    gates = (load_texts({"f": SPACE + one}) for one in (EDGE, EDGE.replace("25", "26")))
    text = COMPARE_FORMATS[form](compare_loaded(*gates, CompareOptions(max_regions=1)))
    assert "both sides stand in one set-up of the" in " ".join(text.split())


def test_what_a_claim_on_policies_depends_on() -> None:
    """D.37: whether pods pass any host endpoint at all is open, and turns the verdict."""
    gate = EDGE.replace("{action: Deny, protocol: TCP, destination: {ports: [25]}}, ", "")
    loaded = load_texts({"f": gate.replace("Allow", "Pass")})
    stated = statements_of([], ["policy edge is redundant"])
    (found,) = verify(loaded, stated, VerifyOptions(World.ANY_CLUSTER)).verdicts
    assert found.outcome is Outcome.REFUTED
    assert found.reading.endswith(f", and for {ANY_HOSTS}")
    assert found.robustness is not None
    (turn,) = found.robustness.turns
    assert (turn.flipped, turn.outcome) == ((Assumption.CALICO_FORWARD,), Outcome.PROVED)


def test_that_the_input_has_no_such_host_endpoint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """D.37: what a pod of the input passes may be none of the input."""
    pod = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n"
    pod += "spec: {containers: [{name: c}]}\n"
    paths = [tmp_path / name for name in ("old.yaml", "new.yaml")]
    for path, text in zip(paths, (EDGE, EDGE.replace("25", "26")), strict=True):
        path.write_text(SPACE + pod + text, encoding="utf-8")
    assert main(["compare", *map(str, paths), "--bundle", str(tmp_path / "b.zip")]) == 1
    out = capsys.readouterr().out
    assert "HostEndpoint/<any-host with role=edge>" in out
    assert "it takes a host endpoint, a pod or a label that the input does not have" in out
    assert main(["recheck", str(tmp_path / "b.zip")]) == 0
