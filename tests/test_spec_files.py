"""Spec files: what they state, and every mistake with its file, line and column."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netproof_specs.claim_language.words import KEYWORDS
from netproof_specs.claims import (
    AddressBlock,
    AnyOf,
    CannotReach,
    CanReachOnly,
    EndpointSet,
    External,
    Group,
    HostsWhere,
    PodNamed,
    PodsWhere,
    PoliciesEquivalent,
    PolicyNecessary,
    PolicySet,
)
from netproof_specs.locations import Location
from netproof_specs.model.labels import LabelSelector, Operator, Requirement
from netproof_specs.problems import InputError, Problem
from netproof_specs.spec_files.reading import Spec, read_spec, statements_of
from netproof_specs.worlds import World

SPEC = """\
groups:
  finance:          {namespaces: {usage: finance}}
  accounts-backend: {namespaces: {usage: accounts}, pods: {app: Srv1, tier: backend}}
  office:           {cidr: 198.51.100.0/24}
policies:
  merged: [default/example]
  split: [example2a, example2b]
  old: manifests/old
claims:
  - id: FIN-1
    claim: finance can reach only accounts-backend on TCP/3111
    reason: PCI DSS 1.3.1
    world: any-pods
  - finance cannot reach office
  - id: claim-3
    claim: policies merged and split + default/more are equivalent
    allow-empty: true
  - claim: >
      policy old
      is necessary
"""


def label(key: str, value: str) -> Requirement:
    return Requirement(key, Operator.IN, (value,))


def test_a_whole_spec() -> None:
    spec = read_spec("spec.yaml", SPEC.encode())
    finance = PodsWhere(namespaces=LabelSelector((label("usage", "finance"),)))
    backend = PodsWhere(
        namespaces=LabelSelector((label("usage", "accounts"),)),
        pods=LabelSelector((label("app", "Srv1"), label("tier", "backend"))),
    )
    assert spec.groups == (
        ("finance", finance),
        ("accounts-backend", backend),
        ("office", AddressBlock("198.51.100.0/24")),
    )
    assert spec.policy_sets == (
        ("merged", PolicySet("merged", ("default/example",))),
        ("split", PolicySet("split", ("example2a", "example2b"))),
        ("old", PolicySet("old", ("manifests/old",))),
    )
    first, second, third, fourth = spec.statements
    assert isinstance(first.claim, CanReachOnly)
    assert first.claim.source == Group("finance", finance)
    assert (first.id, first.reason, first.world) == ("FIN-1", "PCI DSS 1.3.1", World.ANY_PODS)
    assert first.text == "finance can reach only accounts-backend on TCP/3111"
    assert first.where == Location("spec.yaml", 11, 12, 0, ("claims", 0, "claim"))
    assert (second.id, second.reason, second.world) == ("claim-2", "", None)
    assert isinstance(second.claim, CannotReach)
    assert second.where == Location("spec.yaml", 14, 5, 0, ("claims", 1))
    assert not second.allow_empty
    assert third.allow_empty
    assert third.claim == PoliciesEquivalent(
        PolicySet("merged", ("default/example",)),
        PolicySet("split + default/more", ("example2a", "example2b", "default/more")),
    )
    assert (fourth.id, fourth.text) == ("claim-4", "policy old is necessary")
    assert fourth.claim == PolicyNecessary(PolicySet("old", ("manifests/old",)))


def test_json_is_read_too() -> None:
    spec = {
        "groups": {"a": {"cidr": ["10.0.0.0/8", "::/0"]}},
        "claims": [{"claim": "a is isolated from external", "id": "X", "allow-empty": False}],
    }
    for text in (json.dumps(spec), json.dumps(spec, indent="\t")):
        read = read_spec("spec.json", text)
        blocks = AnyOf((AddressBlock("10.0.0.0/8"), AddressBlock("::/0")))
        assert read.groups == (("a", blocks),)
        assert read.statements[0].id == "X"


def test_generated_ids_avoid_given_ones() -> None:
    text = "claims:\n- ns:a may reach ns:b\n- {id: claim-1, claim: ns:a may reach ns:c}\n"
    assert [s.id for s in read_spec("s", text).statements] == ["claim-2", "claim-1"]


@pytest.mark.parametrize(
    ("group", "endpoints"),
    [
        ("ns:shop", PodsWhere(namespace="shop")),
        ("pods(app=web) in ns:shop", PodsWhere("shop", pods=LabelSelector((label("app", "web"),)))),
        ("{namespaces: {}}", PodsWhere(namespaces=LabelSelector())),
        ("{hosts: {a: b}}", HostsWhere(LabelSelector((label("a", "b"),)))),
        ("{hosts: {}}", HostsWhere(LabelSelector())),
        ("{serviceaccount: reader}", PodsWhere(account="reader")),
        (
            "{pods: {a: ''}, serviceaccount: reader}",
            PodsWhere(pods=LabelSelector((label("a", ""),)), account="reader"),
        ),
        ("{pods: {a: ''}}", PodsWhere(pods=LabelSelector((label("a", ""),)))),
        ("{pods: {matchLabels: {a: b}}}", PodsWhere(pods=LabelSelector((label("a", "b"),)))),
        (
            "{pods: {matchExpressions: [{key: a, operator: NotIn, values: [b, c]}], "
            "matchLabels: {d: e}}}",
            PodsWhere(
                pods=LabelSelector((label("d", "e"), Requirement("a", Operator.NOT_IN, ("b", "c"))))
            ),
        ),
        (
            "{pods: {matchExpressions: [{key: a, operator: Exists}]}}",
            PodsWhere(pods=LabelSelector((Requirement("a", Operator.EXISTS),))),
        ),
        ("{cidr: 203.0.113.7}", AddressBlock("203.0.113.7/32")),
        ("{cidr: '2001:DB8::/32'}", AddressBlock("2001:db8::/32")),
        ("{pod: shop/web}", PodNamed("shop", "web")),
        ("{pod: shop/Deployment/web}", PodNamed("shop", "web", "Deployment")),
        ("[ns:a, external]", AnyOf((PodsWhere(namespace="a"), External()))),
        ("[first, [ns:b, first]]", AnyOf((PodsWhere(namespace="a"), PodsWhere(namespace="b")))),
        ("first", PodsWhere(namespace="a")),
        ("[first]", PodsWhere(namespace="a")),
    ],
)
def test_group_forms(group: str, endpoints: EndpointSet) -> None:
    spec = read_spec("s", f"groups:\n  first: ns:a\n  second: {group}\n")
    assert dict(spec.groups)["second"] == endpoints


def problems_of(text: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        read_spec("spec.yaml", text)
    return caught.value.problems


@pytest.mark.parametrize(
    ("text", "place", "message", "suggestion"),
    [
        ("", "1:1", "the spec is empty", "`groups`"),
        ("# nothing\n", "1:1", "the spec is empty", "`groups`"),
        ("text", "1:1", "a spec must be a mapping, not a string", ""),
        ("[]", "1:1", "a spec must be a mapping, not a list", ""),
        ("!x {}", "1:1", "a spec must be a mapping, not of type `!x`", ""),
        ("apiVersion: v1\nkind: Pod\n", "1:1", "a Kubernetes manifest, not a spec", "as paths"),
        ("group: {}\n", "1:1", "unknown key `group`", "did you mean `groups`?"),
        ("groups: {}\ngroups: {}\n", "2:1", "the key `groups` stands twice", "spec.yaml:1:1"),
        ("groups: []\n", "1:9", "`groups` must be a mapping, not a list", ""),
        ("claims: {a: b}\n", "1:9", "`claims` must be a list, not a mapping", ""),
        ("claims:\n", "1:8", "`claims` must be a list, not nothing (null)", ""),
        ("a: &x 1\nb: *x\n", "2:4", "no YAML aliases", "name a group"),
        ("a: 1\n---\nb: 1\n", "2:1", "one document", ""),
        ("a: 'x\n", "2:1", "not valid YAML", ""),
        ("a: \x00\n", "1:1", "not valid YAML", ""),
        (b"a: \xff\n", "1:1", "not UTF-8", ""),
        ("\ud800", "1:1", "not UTF-8", ""),
        ("[" * 5000, "1:51", "nesting is too deep", ""),
        ("<<: {groups: {}}\n", "1:1", "a key must be a string", ""),
        ("? [a]\n: b\n", "1:3", "a key must be a string, not a list", ""),
        ("groups: {no: ns:a}\n", "1:10", "a key must be a string, not a Boolean", '"no"'),
        ("groups: {12: ns:a}\n", "1:10", "a key must be a string, not a number", '"12"'),
        ("groups: {only: ns:a}\n", "1:10", "`only` cannot name a group", "another name"),
        ("groups: {Tcp: ns:a}\n", "1:10", "`TCP` is a word of the claim language", "another"),
        ("groups: {a b: ns:a}\n", "1:10", "`a b` cannot name a group", "letters"),
        ("groups: {a/b: ns:a}\n", "1:10", "`a/b` cannot name a group", "letters"),
        ('groups: {"a\\e[1m": ns:a}\n', "1:10", r"`a\x1b[1m` cannot name", "letters"),
        ("groups: {a: ns:a, a: ns:b}\n", "1:19", "`a` stands twice in `groups`", "spec.yaml:1:10"),
        ("groups: {a: }\n", "1:13", "must be a mapping, an inline form or a list", "ns:finance"),
        ("groups: {a: 5}\n", "1:13", "or a list, not a number", "ns:finance"),
        ("groups: {a: {}}\n", "1:13", "names no endpoints", "`anything`"),
        ("groups: {a: []}\n", "1:13", "an empty list", "at least one"),
        ("groups: {a: b, b: ns:x}\n", "1:13", "`b` is not a known group", "`ns:b`"),
        ("groups: {a: a}\n", "1:13", "`a` is not a known group", "no groups are known"),
        ("groups: {a: ns:Foo}\n", "1:13", "cannot be the name of a namespace", ""),
        ("groups: {a: 'ns:a ns:b'}\n", "1:19", "`ns:b` does not fit", "the end of the text"),
        ("groups: {a: {namespace: {}}}\n", "1:14", "unknown key", "did you mean `namespaces`?"),
        ("groups: {a: {pods: web}}\n", "1:20", "must be a mapping, not a string", "`{}`"),
        ("groups: {a: {pods: }}\n", "1:20", "must be a mapping, not nothing", "`{}`"),
        ("groups: {a: {pods: {v: 1.10}}}\n", "1:24", "a label value must be a string", '"1.10"'),
        # What manifests refuse as a label value, since the API server would see no string (B.4).
        ("groups: {a: {pods: {v: 08}}}\n", "1:24", "a label value must be a string", '"08"'),
        ("groups: {a: {pods: {v: 1e3}}}\n", "1:24", "a label value must be a string", '"1e3"'),
        ("groups: {a: {pods: {v: y}}}\n", "1:24", "a label value must be a string", '"y"'),
        ("groups: {a: {pods: {v: 1_0}}}\n", "1:24", "a label value must be a string", '"1_0"'),
        ("groups: {a: {pods: {v: NO}}}\n", "1:24", "not a Boolean", '"NO"'),
        ("groups: {a: {pods: {v: 017}}}\n", "1:24", "not a number", '"017"'),
        ("groups: {a: {pods: {v: null}}}\n", "1:24", "not nothing (null)", '"null"'),
        ("groups: {a: {pods: {v: a b}}}\n", "1:24", "`a b` cannot be a label value", "letters"),
        ("groups: {a: {pods: {-v: a}}}\n", "1:21", "`-v` cannot be a label key", "letters"),
        ("groups: {a: {pods: {v: a, v: b}}}\n", "1:27", "`v` stands twice", "1:21"),
        ("groups: {a: {pods: {matchLabels: {}, x: y}}}\n", "1:38", "unknown key `x`", ""),
        (
            "groups: {a: {pods: {matchExpressions: [{key: a, operator: in}]}}}\n",
            "1:59",
            "`in` is not an operator",
            "did you mean `In`?",
        ),
        (
            "groups: {a: {pods: {matchExpressions: [{key: a, operator: In}]}}}\n",
            "1:40",
            "`In` needs at least one",
            "",
        ),
        (
            "groups: {a: {pods: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}}\n",
            "1:40",
            "`Exists` takes no `values`",
            "",
        ),
        (
            "groups: {a: {pods: {matchExpressions: [{operator: Exists}]}}}\n",
            "1:40",
            "the expression has no `key`",
            "",
        ),
        ("groups: {a: {cidr: 10.0.0.5/8}}\n", "1:20", "bits set", "write `10.0.0.0/8`"),
        (
            "groups: {a: {cidr: 10.0.0.0/255.0.0.0}}\n",
            "1:20",
            "must be the length of the prefix",
            "/24",
        ),
        ('groups: {a: {cidr: ["::/0", x]}}\n', "1:29", "`x` is no address block", "address/length"),
        ("groups: {a: {cidr: []}}\n", "1:20", "an empty list", ""),
        ("groups: {a: {cidr: 10.0.0.0/8, pods: {}}}\n", "1:20", "`cidr` stands alone", "list"),
        ("groups: {a: {pod: web}}\n", "1:19", "`web` names no pod", "`NAMESPACE/NAME`"),
        ("groups: {a: {pod: A/b}}\n", "1:19", "`A/b` names no pod", "`NAMESPACE/NAME`"),
        ("policies: {a: []}\n", "1:15", "the policy set is empty", ""),
        ("policies: {a: {}}\n", "1:15", "must be a list of strings", "paths"),
        ("policies: {a: [1]}\n", "1:16", "must be a string, not a number", '"1"'),
        ("policies: {are: [x]}\n", "1:12", "`are` cannot name a policy set", "another"),
        ("claims: [5]\n", "1:10", "a claim must be a mapping, not a number", ""),
        ("claims: [{id: a}]\n", "1:10", "the entry has no `claim`", "`claim: TEXT`"),
        ("claims: [{claim: ns:a can reach only ns:b, ns:c}]\n", "1:44", "unknown key", "in quotes"),
        ("claims: [ns:a reaches ns:b]\n", "1:15", "`reaches` does not fit", "`can reach`"),
        ("claims: ['ns:a reaches ns:b']\n", "1:16", "`reaches` does not fit", "`can reach`"),
        ("claims:\n- |\n  ns:a\n  reaches ns:b\n", "2:3", "`reaches` does not fit", ""),
        ('claims: ["ns:a\\x20reaches ns:b"]\n', "1:10", "`reaches` does not fit", ""),
        ("claims: [a may reach ns:b]\n", "1:10", "`a` is not a known group", "`ns:a`"),
    ],
)
def test_refusals(text: str | bytes, place: str, message: str, suggestion: str) -> None:
    (problem,) = problems_of(text)
    assert str(problem.where) == f"spec.yaml:{place}"
    assert message in problem.message
    assert suggestion in problem.suggestion


@pytest.mark.parametrize(
    ("line", "place", "message", "suggestion"),
    [
        ("id: 5", "2:7", "`id` must be a string, not a number", '"5"'),
        ("id: a b", "2:7", "`a b` cannot be an id", "letters"),
        ("id: ''", "2:7", "`` cannot be an id", "letters"),
        ("reason: 1.3", "2:11", "`reason` must be a string, not a number", '"1.3"'),
        ('reason: "a\\eb"', "2:11", "must be printable text", ""),
        ("world: any-pod", "2:10", "`any-pod` is not a world", "did you mean `any-pods`?"),
        ("world: Snapshot", "2:10", "`Snapshot` is not a world", "did you mean `snapshot`?"),
        ("world: 1", "2:10", "a world must be a string", ""),
        ("allow-empty: maybe", "2:16", "must be `true` or `false`", ""),
        ('allow-empty: "true"', "2:16", "must be `true` or `false`, not a string", ""),
        ("allow_empty: true", "2:3", "unknown key `allow_empty`", "did you mean `allow-empty`?"),
        ("because: x", "2:3", "unknown key `because`", "`reason`"),
    ],
)
def test_refused_fields_of_a_claim(line: str, place: str, message: str, suggestion: str) -> None:
    (problem,) = problems_of(f"claims:\n- {line}\n  claim: ns:a may reach ns:b\n")
    assert str(problem.where) == f"spec.yaml:{place}"
    assert message in problem.message
    assert suggestion in problem.suggestion


def test_all_mistakes_at_once_in_the_order_of_the_file() -> None:
    text = """\
claims:
  - {id: A, claim: a raech b}
  - {id: A, claim: bad may reach b on tcp/1}
groups:
  a: ns:a
  b: {cidr: 10.0.0.1/8}
  bad: {pods: {x: 1}}
polices: {}
"""
    found = [(str(problem.where), problem.code) for problem in problems_of(text)]
    assert found == [
        ("spec.yaml:2:22", "misplaced-word"),
        ("spec.yaml:3:10", "duplicate-id"),
        ("spec.yaml:3:39", "bad-port"),
        ("spec.yaml:6:13", "bad-cidr"),
        ("spec.yaml:7:19", "type"),
        ("spec.yaml:8:1", "unknown-field"),
    ]


@pytest.mark.parametrize("name", KEYWORDS)
def test_no_group_can_be_called_like_a_keyword(name: str) -> None:
    (problem,) = problems_of(f'groups: {{"{name.title()}": ns:a}}\n')
    assert problem.code == "bad-name"


# Statements of a run


def spec_of(text: str, name: str = "spec.yaml") -> Spec:
    return read_spec(name, text)


def test_command_line_claims_use_the_groups_and_policy_sets_of_all_specs() -> None:
    specs = [spec_of("groups: {a: ns:a}"), spec_of("groups: {b: ns:b}\npolicies: {p: [x, 'y']}")]
    first, second = statements_of(specs, ["a cannot  reach b", "policy p is necessary"])
    assert (first.id, first.text, first.where) == ("claim-1", "a cannot reach b", None)
    assert first.claim == CannotReach(
        Group("a", PodsWhere(namespace="a")), Group("b", PodsWhere(namespace="b")), ()
    )
    assert (second.id, second.claim) == (
        "claim-2",
        PolicyNecessary(PolicySet("p", ("x", "y"))),
    )


def test_ids_are_unique_over_the_run() -> None:
    claims = "claims: [ns:a may reach ns:b, ns:a may reach ns:c]"
    specs = [
        spec_of(claims),
        spec_of(claims),
        spec_of("claims: [{id: X, claim: policy a is redundant}]"),
    ]
    statements = statements_of(specs, ["ns:a may reach ns:d"])
    assert [s.id for s in statements] == [
        "claim-1",
        "claim-2",
        "claim-3",
        "claim-4",
        "X",
        "claim-5",
    ]
    assert [s.text[-1] for s in statements] == ["b", "c", "b", "c", "t", "d"]


def test_the_same_id_in_two_specs_is_refused() -> None:
    text = "claims: [{id: X, claim: ns:a may reach ns:b}]"
    with pytest.raises(InputError) as caught:
        statements_of([spec_of(text, "one.yaml"), spec_of(text, "two.yaml")], [])
    (problem,) = caught.value.problems
    assert str(problem.where) == "two.yaml:1:25"
    assert "one.yaml:1:25" in problem.suggestion


def test_a_name_with_two_meanings_is_refused_for_command_line_claims() -> None:
    specs = [spec_of("groups: {a: ns:a}"), spec_of("groups: {a: ns:b}")]
    assert statements_of(specs, []) == ()
    with pytest.raises(InputError, match="define the group `a` differently"):
        statements_of(specs, ["a may reach a"])
    assert len(statements_of([specs[0], specs[0]], ["a may reach a"])) == 1


def test_mistakes_of_all_command_line_claims_are_reported() -> None:
    with pytest.raises(InputError) as caught:
        statements_of([], ["a may reach ns:b", "ns:a reaches ns:b"])
    assert [problem.code for problem in caught.value.problems] == [
        "unknown-group",
        "misplaced-word",
    ]


# Laws

_pieces = st.lists(
    st.sampled_from(
        ["groups:", "claims:", "policies:", "\n", "\n  ", "\n- ", "a", "b: ", "{", "}", "[", "]",
         ", ", ": ", "'", '"', "&x ", "*x", "!t ", "|", ">", "---", "claim: ", "id: ", "world: ",
         "ns:a", "cidr: ", "10.0.0.0/8", "may reach", "pods: ", "1", "no", "\t", "\x1b", "\ud800",
         "<<: ", "matchExpressions: ", "key: ", "operator: ", "values: ", "? ", "#", "é", "\x85"]
    ),
    max_size=16,
).map("".join)  # fmt: skip


@given(_pieces | st.text() | st.binary())
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    try:
        spec = read_spec("spec.yaml", text)
    except InputError as error:
        assert all(problem.where and problem.where.line for problem in error.problems)  # noqa: PT017
        assert all(str(problem).replace("\n", "").isprintable() for problem in error.problems)  # noqa: PT017
    else:
        assert statements_of([spec], []) == spec.statements


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["ns:a", "10.0.0.0/8", "x", "In"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["groups", "claims", "policies", "claim", "id", "reason", "world", "allow-empty",
             "namespaces", "pods", "cidr", "pod", "matchLabels", "matchExpressions", "key",
             "operator", "values", "a"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(["groups", "policies", "claims"], _values)))
def test_any_structure_is_read_or_refused(value: object) -> None:
    try:
        spec = read_spec("spec.json", json.dumps(value))
    except InputError as error:
        places = [problem.where for problem in error.problems]
        assert places == sorted(places, key=lambda at: (at.line, at.column) if at else (0, 0))
    else:
        assert statements_of([spec], []) == spec.statements
