"""Fleet files: what they state, and every mistake with its place and what to write instead."""

from __future__ import annotations

import pytest

from netproof_specs.assumptions import DEFAULTS, Assumption
from netproof_specs.decoding import Decoding
from netproof_specs.problems import InputError, Problem
from netproof_specs.spec_files.fleets import Member, read_fleet
from netproof_specs.worlds import World

WHOLE = """\
specs: [common.yaml, ../shared/pci.yaml]
world: snapshot
assume: {host-network: pod, ipblock-matches-pods: no}
exclude: values.yaml
clusters:
  prod-eu: {paths: [clusters/eu, /etc/shared.yaml]}
  prod-us:
    paths: k8s
    revision: v1.2
    specs: us.yaml
    world: any-pods
    assume: {ipblock-matches-pods: yes}
    exclude: [charts/**]
    namespace: shop
    without: [CiliumNetworkPolicy]
    lenient: true
  old: {paths: ["git:main:k8s"]}
"""


def names(member: Member) -> list[str]:
    """The paths of a cluster."""
    return [one.name for one in member.paths]


def test_what_a_fleet_states() -> None:
    eu, us, old = read_fleet("fleets/all.yaml", WHOLE)
    assert (eu.name, us.name, old.name) == ("prod-eu", "prod-us", "old")
    assert names(eu) == ["fleets/clusters/eu", "/etc/shared.yaml"]
    assert names(us) == ["git:v1.2:./fleets/k8s"]
    assert names(old) == ["git:main:k8s"]
    assert [one.name for one in us.specs] == [
        *("fleets/common.yaml", "fleets/../shared/pci.yaml", "fleets/us.yaml")
    ]
    assert (eu.world, us.world) == (World.SNAPSHOT, World.ANY_PODS)
    assert eu.assumptions == (DEFAULTS - {Assumption.IPBLOCK_MATCHES_PODS}) | {
        Assumption.HOST_NETWORK
    }
    assert us.assumptions == DEFAULTS | {Assumption.HOST_NETWORK}
    assert us.reading.exclude == ("values.yaml", "charts/**")
    assert (us.reading.namespace, us.reading.decoding) == ("shop", Decoding.LENIENT)
    assert (eu.reading.namespace, eu.reading.decoding) == ("default", Decoding.STRICT)
    assert [str(one) for one in us.reading.without] == ["CiliumNetworkPolicy"]
    assert (us.paths[0].where.line, us.paths[0].where.column) == (8, 12)


def test_one_text_stands_for_a_list() -> None:
    (one,) = read_fleet("f.yaml", "clusters: {a: {paths: k8s}}")
    assert names(one) == ["k8s"]


REFUSED = [
    ("", "1:1", "the fleet is empty", "a fleet has `clusters`"),
    ("[a]", "1:1", "a fleet must be a mapping, not a list", ""),
    ("specs: [a.yaml]", "1:1", "the file has no `clusters`", "write `clusters: {NAME"),
    ("clusters: {}", "1:11", "the fleet has no cluster", "write `clusters: {NAME"),
    ("clusters: [a]", "1:11", "`clusters` must be a mapping, not a list", ""),
    ("clutsers: {a: {paths: b}}", "1:1", "unknown key `clutsers`", "did you mean `clusters`?"),
    ("clusters: {a: {path: b}}", "1:16", "unknown key `path`", "did you mean `paths`?"),
    ("clusters: {a: {}}", "1:12", "the cluster `a` has no `paths`", "write `paths: [FOLDER]`"),
    ("clusters: {a: b}", "1:15", "a cluster must be a mapping, not a string", ""),
    ("clusters: {a/b: {paths: c}}", "1:12", "`a/b` cannot be the name", "as in `prod-eu`"),
    ("clusters: {../x: {paths: c}}", "1:12", "`../x` cannot be the name", "as in `prod-eu`"),
    ("clusters: {1: {paths: c}}", "1:12", "a key must be a string", 'write it in quotes: "1"'),
    (
        "clusters:\n  a: {paths: x}\n  a: {paths: y}",
        *("3:3", "the key `a` stands twice in `clusters`", "the first one is at f.yaml:2:3"),
    ),
    ("clusters: {a: {paths: []}}", "1:23", "the list is empty", "name a path"),
    ("clusters: {a: {paths: 1}}", "1:23", "a path must be a string, or a list", ""),
    ("clusters: {a: {paths: [1]}}", "1:24", "a path must be a string, not a number", "in quotes"),
    ("clusters: {a: {paths: ['-']}}", "1:24", "a path cannot be standard input", "one by one"),
    (
        "clusters: {a: {paths: ['git:v1:k8s'], revision: v2}}",
        *("1:24", "`git:v1:k8s` names a revision of its own", "leave `revision` out"),
    ),
    (
        "clusters: {a: {paths: [/k8s], revision: v2}}",
        *("1:24", "`/k8s` is not in the repository", "from the folder of this file"),
    ),
    ("clusters: {a: {paths: b, revision: 1.2}}", "1:36", "a revision must be a string", '"1.2"'),
    ("clusters: {a: {paths: b, world: now}}", "1:33", "`now` is not a world", "one of `snapshot`"),
    (
        "clusters: {a: {paths: b, assume: {host-netwrk: pod}}}",
        *("1:35", "`host-netwrk` is no assumption", "did you mean `host-network`?"),
    ),
    (
        "clusters: {a: {paths: b, assume: {host-network: yes}}}",
        *("1:49", "this is no value of `host-network`", "write `pod` or `node`"),
    ),
    ("clusters: {a: {paths: b, exclude: ['/']}}", "1:36", "a glob must not be empty", "the name"),
    ("clusters: {a: {paths: b, namespace: A}}", "1:37", "`A`: ", ""),
    ("clusters: {a: {paths: b, lenient: on-demand}}", "1:35", "`lenient` must be `true`", ""),
    ("clusters: {a: {paths: b, without: ['x y']}}", "1:36", "", "write KIND or KIND.GROUP"),
    ("clusters: {a: {paths: b, specs: []}}", "1:33", "the list is empty", "name a spec file"),
    ("clusters: &c {a: {paths: *c}}", "1:26", "a fleet takes no YAML aliases", "for all clusters"),
    ("a: 1\n---\nb: 2", "2:1", "a fleet file is one document", "use one file each"),
    (
        "kind: Pod\n---\nkind: Pod",
        *("2:1", "these are Kubernetes manifests, not a fleet", "name manifests as paths of a"),
    ),
    ("clusters: {a: {paths: [}", "1:24", "this is not valid YAML", ""),
]


@pytest.mark.parametrize(("text", "place", "message", "suggestion"), REFUSED)
def test_what_is_refused(text: str, place: str, message: str, suggestion: str) -> None:
    with pytest.raises(InputError) as raised:
        read_fleet("f.yaml", text)
    (problem,) = raised.value.problems
    assert str(problem.where) == f"f.yaml:{place}"
    assert message in problem.message
    assert suggestion in problem.suggestion


def test_all_mistakes_at_once_and_in_order() -> None:
    text = "world: now\nclusters:\n  a: {paths: [], world: then}\n  b/c: {path: x}\n"
    with pytest.raises(InputError) as raised:
        read_fleet("f.yaml", text)
    assert [line_of(one) for one in raised.value.problems] == [1, 3, 3, 4, 4]


def line_of(problem: Problem) -> int:
    """The line where the problem stands."""
    assert problem.where is not None
    return problem.where.line
