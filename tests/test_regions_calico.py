"""Regions beside Calico's policies: service accounts, and ports of init containers."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.agreement import belongs
from tests.calico_strategies import calico_clusters, host_clusters
from tests.profiles import examples
from tests.samples import some_connections
from tests.schema_check import checked

from netproof import to_json
from netproof.api import compare as compare_loaded
from netproof.comparison.policies import CompareOptions, compare
from netproof.comparisons import Change, Comparison, Region, RegionHosts
from netproof.oracle.claims import in_scope
from netproof.oracle.connections import Favour, decide
from netproof.oracle.regions import in_region
from netproof.reports.regions import region_text
from netproof_encodings.lowering import is_setting
from netproof_encodings.obligations.claims import Stage, stage
from netproof_specs.assumptions import DEFAULTS, Assumption
from netproof_specs.loading import Loaded, load_texts
from netproof_specs.model.calico import Profile
from netproof_specs.model.cluster import AnyPolicy, Cluster
from netproof_specs.model.connections import Connection, PodEndpoint
from netproof_specs.problems import InputError
from netproof_specs.worlds import World

HEAD = "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: g}\n"
RULE = "spec: {{selector: app == 'db', types: [Ingress], ingress: [{{action: Allow, {}}}]}}\n"
PODS = """---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {serviceAccountName: api, containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec:
  containers: [{name: c}]
  initContainers: [{name: i, ports: [{name: dns, containerPort: 5353}]}]
"""

LONG = "a" * 64


def accounts(asked: str) -> str:
    """A rule for sources by their service accounts."""
    return f"protocol: TCP, source: {{serviceAccounts: {{{asked}}}}}"


@pytest.mark.parametrize(
    ("old", "new", "texts"),
    [
        (
            accounts("names: [web]"),
            accounts("names: [web, api]"),
            ["pods as serviceaccount:api  ->  pods(app=db)  TCP"],
        ),
        (
            accounts("names: [web]"),
            accounts("selector: role == 'x'"),
            [
                "pods as no serviceaccount:web with the account's labels (role=x)  ->  "
                "pods(app=db)  TCP",
                "pods as serviceaccount:web with the account's labels (role!=x)  ->  "
                "pods(app=db)  TCP",
            ],
        ),
        (
            accounts(f"names: ['{LONG}', web]"),
            accounts(f"names: ['{LONG}', web], selector: has(projectcalico.org/name)"),
            [f"pods as serviceaccount:{LONG}  ->  pods(app=db)  TCP"],
        ),
        (
            accounts("selector: '!has(role)'"),
            accounts("selector: '!has(role) && has(projectcalico.org/name)'"),
            ["pods with an account whose name does not fit into a label  ->  pods(app=db)  TCP"],
        ),
    ],
    ids=["names", "labels", "long", "too long"],
)
def test_service_accounts(old: str, new: str, texts: list[str]) -> None:
    """D.24, D.15: whose account the change is about."""
    before, after = (load_texts({"f": HEAD + RULE.format(one)}) for one in (old, new))
    report = compare_loaded(before, after)
    assert [region_text(one) for one in report.comparison.regions if not of_hosts(one)] == texts
    checked(to_json(report), "compare")


@pytest.mark.parametrize("world", World)
def test_a_port_that_an_init_container_declares(world: World) -> None:
    """D.6: where Calico decides, port names are those of init containers too."""
    named, number = (
        load(f"protocol: TCP, destination: {{ports: [{port}]}}") for port in ("dns", "80")
    )
    found = compare_loaded(named, number, CompareOptions(world)).comparison
    changed = [one for one in found.regions if not of_hosts(one)]
    removed = [one for one in changed if one.change is Change.REMOVED]
    texts = [region_text(one) for one in removed]
    assert all("declaring the port as `dns`" in one for one in texts), texts
    if world is World.SNAPSHOT:
        assert {one.destination_pods for one in removed} == {("shop/db",)}
        assert {one.example.connection.port for one in removed} == {5353}


def of_hosts(region: Region) -> bool:
    """Whether an end of the region is a host endpoint."""
    return any(isinstance(one, RegionHosts) for one in (region.source, region.destination))


def load(rule: str) -> Loaded:
    """The pods with one policy."""
    return load_texts({"f": HEAD + RULE.format(rule) + PODS})


@examples(usual=20, thorough=200)
@given(data=st.data(), world=st.sampled_from(World), seed=st.integers(0, 2**16))
def test_a_connection_changes_iff_a_region_holds_it(
    data: st.DataObject, world: World, seed: int
) -> None:
    """One policy of any kind less, over pods of the input and any others."""
    cluster = data.draw(calico_clusters())
    policies = [one for one in cluster.policies if not is_setting(one)]
    assume(policies and (world is not World.SNAPSHOT or cluster.workloads))
    gone = data.draw(st.sampled_from(policies))
    new = tuple(one for one in cluster.policies if one is not gone)
    check(cluster, new, world, random.Random(seed))


@examples(usual=20, thorough=300)
@given(
    data=st.data(),
    cluster=host_clusters(),
    world=st.sampled_from(World),
    seed=st.integers(0, 2**16),
)
def test_a_connection_of_hosts_changes_iff_a_region_holds_it(
    data: st.DataObject, cluster: Cluster, world: World, seed: int
) -> None:
    """One policy or profile less, beside host endpoints."""
    gone = data.draw(st.sampled_from([one for one in cluster.policies if can_go(one)]))
    new = tuple(one for one in cluster.policies if one is not gone)
    check(cluster, new, world, random.Random(seed))


def can_go(one: AnyPolicy) -> bool:
    """Whether a set of policies can be without the object."""
    return isinstance(one, Profile) or not is_setting(one)


def check(cluster: Cluster, new: tuple[AnyPolicy, ...], world: World, rng: random.Random) -> None:
    """The regions against the oracle, on connections of the world."""
    try:
        found = compare(cluster.policies, new, cluster, CompareOptions(world))
    except InputError:  # Labels that the input does not give.
        assume(False)
        return
    on = stage(cluster, world, ())
    after = replace(cluster, policies=new)
    for connection in some_connections(on, rng, 40):
        if in_scope(connection, DEFAULTS) and belongs(on, connection, DEFAULTS):
            check_one(found, cluster, after, connection, on)


def check_one(
    found: Comparison, old: Cluster, new: Cluster, connection: Connection, on: Stage
) -> None:
    """The connection is in a region of each change that it undergoes, and in no other."""
    changes = set(changes_of(old, new, connection))
    holding = {one.change for one in found.regions if in_region(connection, one)}
    assert holding <= changes, (connection, on.scene.world)
    assert holding == changes or not found.regions_complete, (connection, on.scene.world)


def changes_of(old: Cluster, new: Cluster, connection: Connection) -> list[Change]:
    """How the oracle sees the connection change, in what is possible or in what is sure."""
    open_ties = Assumption.TIES in DEFAULTS
    found = []
    for favour in (Favour.ALLOWED, Favour.DENIED) if open_ties else (Favour.DOCUMENTED,):
        before, after = (
            decide(one.every_policy, connection, DEFAULTS, favour).allowed for one in (old, new)
        )
        if before is not after:
            found.append(Change.ADDED if after else Change.REMOVED)
    return found


WEB_AND_DB = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {tier: prod-api}}
spec: {serviceAccountName: prod-web, containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop}
spec: {serviceAccountName: db, containers: [{name: c}]}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  serviceAccountSelector: projectcalico.org/name == 'db'
  types: [Ingress]
"""


@pytest.mark.parametrize(
    "key", ["tier", "projectcalico.org/serviceaccount", "pcsa.projectcalico.org/name"]
)
@pytest.mark.parametrize("world", World)
def test_a_value_of_the_input_for_which_another_stands(key: str, world: World) -> None:
    """The example is a pod of the input, whose value the region does not name (D.31)."""
    rule = f"  ingress: [{{action: Allow, source: {{selector: {key} starts with 'prod-'}}}}]\n"
    old, new = (load_texts({"f": text}).cluster for text in (WEB_AND_DB, WEB_AND_DB + rule))
    options = CompareOptions(world)
    found = compare(old.policies, new.policies, replace(old, policies=()), options)
    assert found.regions
    assert {one.change for one in found.regions} == {Change.ADDED}
    examples = [one.example.connection for one in found.regions]
    assert "web" in {one.source.name for one in examples if isinstance(one.source, PodEndpoint)}
    assert all(in_region(one.example.connection, one) for one in found.regions)
    if world is World.SNAPSHOT:
        assert any("shop/web" in (one.source_pods or ()) for one in found.regions)
