"""A workspace says what a fresh run says, whatever was edited before."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.profiles import examples
from tests.schema_check import checked

import netproof
from netproof import Outcome, Workspace, World
from netproof.replay import replay
from netproof.verdicts import Verdict
from netproof.verified import Report
from netproof_specs.claims import Statement

SPACES = """\
apiVersion: v1
kind: Namespace
metadata: {name: a, labels: {team: red}}
---
apiVersion: v1
kind: Namespace
metadata: {name: b, labels: {team: blue}}
---
apiVersion: v1
kind: Namespace
metadata: {name: c, labels: {team: red}}
"""


def pods(space: str, *names: str) -> str:
    """Pods of a namespace, each with a label of its name."""
    return "---\n".join(
        "apiVersion: v1\nkind: Pod\n"
        f"metadata: {{name: {one}, namespace: {space}, labels: {{app: {one}}}}}\n"
        f"status: {{podIP: 10.0.{ord(space) - 96}.{ord(one[0]) - 96}}}\n"
        for one in names
    )


def policy(space: str, name: str, spec: str) -> str:
    """A NetworkPolicy."""
    return (
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        f"metadata: {{name: {name}, namespace: {space}}}\nspec: {spec}\n"
    )


WEB_TO_DB = "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}"  # noqa: E501
SPECS = (
    "{podSelector: {}}",
    "{podSelector: {}, policyTypes: [Egress]}",
    "{podSelector: {matchLabels: {app: db}}, ingress: [{}]}",
    WEB_TO_DB,
    "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: red}}}]}]}",
    "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/16}}]}]}",
    "{podSelector: {}, egress: [{to: [{ipBlock: {cidr: 10.0.2.0/24}}], ports: [{port: 53}]}]}",
    "{podSelector: {}, ingress: [{from: [{namespaceSelector: "
    "{matchLabels: {kubernetes.io/metadata.name: elsewhere}}}]}]}",
    "{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress, Egress], egress: [{}]}",
)
CLAIMS = (
    "ns:a cannot reach ns:b",
    "ns(team=red) can reach ns:b on TCP/53",
    "only ns:a can reach pods(app=db) in ns:b",
    "ns:a can reach only ns:b on TCP/53 within ns(team=blue)",
    "ns:a may reach ns:c on TCP/80",
    "ns:a is isolated from ns:c",
    "external cannot reach ns:c",
    "cidr(10.0.1.0/24) cannot reach ns:b",
    "pods(app=web) cannot reach pods(app=nobody)",
    "ns:b is denied by default",
)
FILES = {
    "pods-a.yaml": pods("a", "web", "db"),
    "pods-b.yaml": pods("b", "db", "web"),
    "pods-c.yaml": pods("c", "db"),
    "spaces.yaml": SPACES,
}
Texts = dict[str, str]


def fresh(texts: Texts, claims: tuple[Statement, ...], options: netproof.VerifyOptions) -> Report:
    """The report of a run that knows nothing."""
    loaded = netproof.load_texts({name: texts[name] for name in sorted(texts)})
    return netproof.verify(loaded, claims, options)


def said(verdict: Verdict) -> tuple[object, ...]:
    """What two runs have to agree on: all but the example that is shown."""
    robustness = verdict.robustness
    core = None if verdict.core is None else [one.title for one in verdict.core]
    turns = robustness and sorted(
        (sorted(one.value for one in turn.flipped), turn.outcome.value) for turn in robustness.turns
    )
    relevant = robustness and [one.value for one in robustness.relevant]
    return verdict.statement, verdict.world, verdict.outcome, core, relevant, turns, verdict.reading


def check(workspace: Workspace, report: Report) -> None:
    """Evidence that was kept is still evidence, on the policies as they stand now."""
    policies = workspace.loaded.cluster.every_policy
    for verdict in report.verdicts:
        shown = verdict.counterexample or verdict.witness
        if shown is not None:
            found = replay(policies, verdict.statement.claim, shown.connection, verdict.assumptions)  # type: ignore[arg-type]
            assert found is not None
            assert found.decision == shown.decision
        for one in verdict.core or ():
            assert any(one is policy for policy in policies)


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "d"]),
        st.sampled_from(["one", "two"]),
        st.one_of(st.none(), st.sampled_from(SPECS)),
    ),
    min_size=1,
    max_size=5,
)
OTHERS = st.sampled_from(
    [
        None,
        ("pods-b.yaml", pods("b", "db")),
        ("pods-c.yaml", pods("c", "db", "web")),
        ("spaces.yaml", SPACES.replace("team: blue", "team: red")),
        ("broken.yaml", policy("a", "broken", "{podSelecter: {}}")),
    ]
)


WORLDS = st.sampled_from([None, World.ANY_PODS, World.ANY_CLUSTER])


@settings(examples(3, 20), suppress_health_check=list(HealthCheck))
@given(EDITS, OTHERS, WORLDS)
def test_random_edits(
    edits: list[tuple[str, str, str | None]], other: tuple[str, str] | None, world: World | None
) -> None:
    check_edits(edits, other, world)


@pytest.mark.slow
@settings(examples(60, 200), suppress_health_check=list(HealthCheck))
@given(EDITS, OTHERS, WORLDS)
def test_many_random_edits(
    edits: list[tuple[str, str, str | None]], other: tuple[str, str] | None, world: World | None
) -> None:
    check_edits(edits, other, world)


def check_edits(
    edits: list[tuple[str, str, str | None]], other: tuple[str, str] | None, world: World | None
) -> None:
    """After each edit the workspace says what a fresh run says."""
    claims = netproof.claims(CLAIMS)
    options = netproof.VerifyOptions(world=world)
    texts: Texts = dict(FILES)
    workspace = Workspace()
    workspace.update(texts)
    workspace.verify(claims, options)
    for at, (space, name, spec) in enumerate(edits):
        file = f"{space}-{name}.yaml"
        text = None if spec is None else policy(space, name, spec)
        changes: dict[str, str | None] = {file: text}
        if other is not None and at == len(edits) // 2:
            changes[other[0]] = other[1]
        for changed, found in changes.items():
            if found is None:
                texts.pop(changed, None)
            elif changed != "broken.yaml":
                texts[changed] = found
        workspace.update(changes)
        report = workspace.verify(claims, options)
        alone = fresh(texts, claims, options)
        assert [said(one) for one in report.verdicts] == [said(one) for one in alone.verdicts]
        assert report.loaded.cluster == alone.loaded.cluster
        assert report.loaded.sources == alone.loaded.sources
        assert set(report.loaded.notes) == set(alone.loaded.notes)
        check(workspace, report)


@pytest.fixture
def workspace() -> Workspace:
    """The namespaces and pods, with a policy in `b` that has been asked about."""
    found = Workspace()
    found.update({**FILES, "b.yaml": policy("b", "db", WEB_TO_DB)})
    return found


@pytest.mark.parametrize(
    ("claim", "spec", "again"),
    [
        ("ns:a cannot reach ns:b", WEB_TO_DB, False),
        ("ns:a cannot reach ns:c", WEB_TO_DB, True),
        ("ns:c cannot reach ns:a", WEB_TO_DB, False),
        ("ns:c cannot reach ns:a", "{podSelector: {}, policyTypes: [Egress]}", True),
        ("only ns:a can reach ns:b", WEB_TO_DB, False),
        ("only ns:a can reach ns:b", "{podSelector: {}, policyTypes: [Egress]}", True),
        ("external cannot reach ns:b", WEB_TO_DB, False),
        ("ns(team=blue) cannot reach ns(team=blue)", WEB_TO_DB, False),
        ("ns(team=red) cannot reach ns(team=red)", WEB_TO_DB, True),
        ("anything cannot reach cidr(10.0.0.0/8)", WEB_TO_DB, True),
        ("ns:b is denied by default", WEB_TO_DB, True),
        ("policy b/db is redundant", WEB_TO_DB, True),
        # The first block makes assumptions on addresses relevant to every claim.
        ("ns:a cannot reach ns:b", SPECS[5], True),
        # A namespace that only a rule names is one of an open world, and rules are read for it.
        ("ns:a cannot reach ns:b", SPECS[7], True),
    ],
)
def test_what_a_policy_in_c_bears_on(
    claim: str, spec: str, again: bool, workspace: Workspace
) -> None:
    statements = netproof.claims([claim])
    workspace.verify(statements)
    workspace.update({"c.yaml": policy("c", "new", spec)})
    workspace.verify(statements)
    assert workspace.decided == int(again)


@pytest.mark.parametrize(
    "edit",
    [
        {"pods-c.yaml": pods("c", "db", "more")},
        {"spaces.yaml": SPACES.replace("name: c, labels: {team: red}", "name: c")},
        {"pods-c.yaml": None},
    ],
)
def test_other_changes_bear_on_everything(
    edit: dict[str, str | None], workspace: Workspace
) -> None:
    statements = netproof.claims(["ns:a cannot reach ns:b"])
    workspace.verify(statements)
    workspace.update(edit)
    workspace.verify(statements)
    assert workspace.decided == 1


def test_the_first_tie_bears_on_everything() -> None:
    """Two policies of one priority for other namespaces: whether ties matter is said anew."""

    def admin(name: str, action: str) -> str:
        return (
            "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\n"
            f"metadata: {{name: {name}}}\nspec:\n  priority: 5\n  subject: {{namespaces: "
            f"{{matchLabels: {{kubernetes.io/metadata.name: {name}}}}}}}\n"
            f"  ingress: [{{action: {action}, from: [{{namespaces: {{}}}}]}}]\n"
        )

    statements, texts = netproof.claims(["ns:a cannot reach ns:b"]), dict(FILES)
    workspace = Workspace()
    for name, action in (("b", "Deny"), ("c", "Allow")):
        texts[f"{name}.yaml"] = admin(name, action)
        workspace.update(texts)
        (kept,) = workspace.verify(statements).verdicts
        (alone,) = fresh(texts, statements, netproof.VerifyOptions()).verdicts
        assert said(kept) == said(alone)
    assert kept.robustness is not None
    assert [one.value for one in kept.robustness.relevant] == ["ties"]


def test_nothing_is_decided_twice(workspace: Workspace) -> None:
    statements = netproof.claims(CLAIMS)
    first = workspace.verify(statements)
    assert workspace.decided == len(CLAIMS)
    again = workspace.verify(statements)
    assert workspace.decided == 0
    assert again.verdicts == first.verdicts
    workspace.verify(statements, netproof.VerifyOptions(world=World.ANY_PODS))
    assert workspace.decided == len(CLAIMS)


def test_a_label_that_only_a_new_policy_mentions_tells_pods_apart(workspace: Workspace) -> None:
    """Pods that nothing told apart were one class, which must not be taken for one again."""
    twins = pods("c", "db").replace("{app: db}", "{app: db, side: left}")
    twins += "---\n" + pods("c", "eb").replace("{app: eb}", "{app: db, side: right}")
    workspace.update({"pods-c.yaml": twins})
    claims = netproof.claims(["ns:c may reach ns:a on TCP/80", "ns:a cannot reach ns:c"])
    shut = policy("c", "shut", "{podSelector: {}}")
    workspace.update({"c.yaml": shut})
    found = workspace.verify(claims)
    assert [one.outcome.value for one in found.verdicts] == ["PROVED", "PROVED"]
    for side in ("left", "right"):
        spec = f"{{podSelector: {{matchLabels: {{side: {side}}}}}, ingress: [{{}}]}}"
        workspace.update({"c2.yaml": policy("c", "open", spec)})
        refuted = workspace.verify(claims).verdicts[1]
        assert refuted.counterexample is not None
        assert dict(refuted.counterexample.connection.destination.labels)["side"] == side  # type: ignore[union-attr]
        assert not [*workspace.update({"c2.yaml": None}).problems]
        assert workspace.verify(claims).verdicts[1].outcome is Outcome.PROVED


def test_a_moved_policy_is_told_where_it_is_now(workspace: Workspace) -> None:
    statements = netproof.claims(["only pods(app=web) in ns:b can reach pods(app=db) in ns:b"])
    (before,) = workspace.verify(statements).verdicts
    workspace.update({"b.yaml": "# one more line\n" + policy("b", "db", WEB_TO_DB)})
    (after,) = workspace.verify(statements).verdicts
    assert before.core is not None
    assert after.core is not None
    lines = [netproof.resolve(one.core[0].where, workspace.loaded).line for one in (before, after)]
    assert lines == [3, 4]


# --- files with mistakes ---------------------------------------------------------------------


def test_a_bad_file_keeps_its_last_good_state(workspace: Workspace) -> None:
    claims = netproof.claims(["pods(app=web) in ns:a cannot reach pods(app=db) in ns:b"])
    bad = policy("b", "db", "{podSelecter: {}}")
    other = policy("a", "shut", "{podSelector: {}, policyTypes: [Egress]}")
    told = workspace.update({"b.yaml": bad, "a.yaml": other})
    assert told.stale == ("b.yaml",)
    (problem,) = told.problems
    assert "unknown field `spec.podSelecter`" in problem.message
    assert problem.excerpt
    assert problem.where is not None
    assert (problem.where.file, problem.where.line) == ("b.yaml", 4)
    titles = [one.title for one in workspace.loaded.cluster.policies]
    assert titles == ["a/shut", "b/db"]
    assert workspace.verify(claims).verdicts[0].outcome is Outcome.PROVED
    assert workspace.update({}).stale == ("b.yaml",)
    assert workspace.update({"b.yaml": policy("b", "db", "{podSelector: {}}")}).stale == ()


def test_files_that_contradict_each_other(workspace: Workspace) -> None:
    before = workspace.loaded
    told = workspace.update({"other.yaml": policy("b", "db", "{podSelector: {}}")})
    assert told.stale == ("other.yaml",)
    assert "another NetworkPolicy `b/db`" in told.problems[0].message
    assert workspace.loaded is before
    assert workspace.update({"b.yaml": None}).stale == ()
    assert len(workspace.loaded.cluster.policies) == 1


def test_before_anything_is_loaded() -> None:
    workspace = Workspace()
    with pytest.raises(LookupError, match="nothing was loaded yet"):
        workspace.verify(())
    told = workspace.update({"a.yaml": "kind: Pod"})
    assert told.stale == ("a.yaml",)
    with pytest.raises(LookupError):
        _ = workspace.loaded


def test_comparing_an_edit(workspace: Workspace) -> None:
    wider = {"b.yaml": policy("b", "db", SPECS[2])}
    report = workspace.compare(wider, expectation="wider-or-equal")
    assert (report.comparison.relation.value, report.met) == ("WIDER", True)
    assert workspace.compare({}).comparison.relation.value == "EQUIVALENT"
    assert len(workspace.loaded.cluster.policies) == 1
    with pytest.raises(netproof.InputError, match="podSelecter"):
        workspace.compare({"b.yaml": policy("b", "db", "{podSelecter: {}}")})


POLICY = policy("a", "q", WEB_TO_DB)


def test_its_reports_are_valid_under_the_published_schemas() -> None:
    """Those of a workspace are reports of `verify` and `compare`, after a change as well."""
    files = {"n.yaml": SPACES, "p.yaml": pods("a", "web", "db"), "q.yaml": POLICY}
    stated = netproof.claims(["ns:b cannot reach ns:a", "a/web can reach a/db"])
    workspace = Workspace()
    workspace.update(files)
    for change in ({}, {"q.yaml": policy("a", "q", SPECS[2])}):
        checked(netproof.to_json(workspace.compare(change)), "compare")
        workspace.update({**files, **change})
        checked(netproof.to_json(workspace.verify(stated)), "verify")
