"""Atlases that are made from the one before: the law that they are the same as made anew."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from hypothesis import given
from hypothesis import strategies as st
from tests.profiles import examples

import netproof
from netproof_encodings.parts.atlas import atlas_of
from netproof_encodings.parts.atlases import Atlases
from netproof_specs.loading import load_texts
from netproof_specs.model.cluster import Cluster, Policy

SPECS = (
    "{podSelector: {}, policyTypes: [Ingress]}",
    "{podSelector: {}, policyTypes: [Ingress, Egress]}",
    "{podSelector: {}, policyTypes: [Egress]}",
    "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {}}]}]}",
    "{podSelector: {}, egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}], policyTypes: [Egress]}",
    "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: "
    "{kubernetes.io/metadata.name: elsewhere}}}], ports: [{port: http}]}]}",
)


@cache
def cluster() -> Cluster:
    """Three namespaces, one of them undeclared, and every policy in each."""
    texts = [f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n" for name in "ab"]
    texts += [
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        f"metadata: {{name: p{number}, namespace: {home}}}\nspec: {spec}\n"
        for home in "abc"
        for number, spec in enumerate(SPECS)
    ]
    return load_texts({"f.yaml": "---\n".join(texts)}).cluster


@st.composite
def sequences(draw: st.DrawFn) -> list[tuple[Policy, ...]]:
    """Lists of policies of which each follows from the one before by a few changes."""
    pool = cluster().policies
    now = draw(st.lists(st.sampled_from(pool), max_size=6, unique_by=id))
    found = [tuple(now)]
    for _ in range(draw(st.integers(1, 4))):
        for _ in range(draw(st.integers(0, 3))):
            rest = [one for one in pool if all(one is not other for other in now)]
            at = draw(st.integers(0, max(0, len(now) - 1)))
            way = draw(st.sampled_from(["exchange", "exchange", "add", "drop", "swap"]))
            if way == "add" or not now:
                now.insert(at, draw(st.sampled_from(rest)))
            elif way == "exchange":
                now[at] = draw(st.sampled_from(rest))
            elif way == "drop":
                del now[at]
            else:
                now[0], now[at] = now[at], now[0]
        found.append(tuple(now))
    return found


GROUPS = [
    [group.endpoints for group in (one.claim.source, one.claim.destination)]  # type: ignore[union-attr]
    for one in netproof.claims(["ns:a can reach ns:b", "ns:d can reach pods(tier=x) in ns:a"])
]


@examples(200, 1000)
@given(sequences(), st.sampled_from(GROUPS))
def test_an_atlas_made_from_the_one_before_is_the_same(
    sequence: list[tuple[Policy, ...]], groups: list[object]
) -> None:
    atlases = Atlases()
    for policies in sequence:
        now = replace(cluster(), policies=policies)
        assert atlases.of(now, groups) == atlas_of(now, groups)  # type: ignore[arg-type]
