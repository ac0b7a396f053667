"""Reports to render in tests: a small shop, and names that try to break out of an output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from netproof import CompareOptions, claims, compare, load_texts, verify
from netproof.comparisons import CompareReport, Relation
from netproof.verdicts import Unknown, Vacuous, Verdict
from netproof.verified import Report
from netproof_specs.loading import Loaded
from netproof_specs.locations import Location
from netproof_specs.worlds import World

PODS = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
"""
POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: to-db
  namespace: shop
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
    ports: [{port: 5432}]
"""
HOSTILE = (
    "\x1b[31mred\x1b[0m",
    "two\nlines\r\nand::error file=x::more",
    "\r::error::forged",
    "%0A::error::forged",
    "a,b:c=d::e",
    "<script>alert(1)</script>",
    "</pre></code></details><img src=x onerror=alert(1)>",
    "a | b | c \\| d",
    "`tick` ``` *bold* _em_ ~~gone~~ [text](https://example.com) ![i](x)",
    "@octocat and #12 and www.example.com and https://example.com",
    "&amp; &#64; ]]> <![CDATA[ ' \"",
    "{0} {{1}} [link](1)",
    "\x00\x08\x0b\ufffe\uffff\ud800 and \u202e\u2066 bidi",
    "- item\n# title\n| a |\n|---|",
)
"""Names, claims, reasons and file names as nobody would write them in good faith."""


def shop(files: Mapping[str, str] | None = None) -> Loaded:
    """Two pods, and a policy that lets one reach the other on one port."""
    return load_texts(files or {"pods.yaml": PODS, "policy.yaml": POLICY})


def verdicts(*texts: str, loaded: Loaded | None = None) -> Report:
    """The report on claims about the shop."""
    return verify(loaded or shop(), claims(texts))


def unknown(report: Report, because: str = "the time limit was reached") -> Report:
    """The report with every verdict left open."""
    return replace(report, verdicts=tuple(_unknown(one, because) for one in report.verdicts))


def _unknown(verdict: Verdict, because: str) -> Verdict:
    return replace(verdict, judgement=Unknown(because))


def hostile(name: str) -> Report:
    """A refuted, a vacuous, an unknown and a proved claim in which whatever can be is the name."""
    loaded = shop({f"{name}.yaml": PODS, f"dir/{name}/policy.yaml": POLICY})
    report = verdicts(
        "shop/web cannot reach shop/db",
        "pods(app=nobody) cannot reach shop/db",
        "shop/db cannot reach shop/web",
        "only shop/web can reach shop/db",
        loaded=loaded,
    )
    refuted, vacuous, other, proved = (_renamed(one, name) for one in report.verdicts)
    vacuous = replace(vacuous, judgement=Vacuous((name,)))
    return replace(
        report,
        loaded=replace(loaded, skipped=((name, 1),)),
        verdicts=(refuted, vacuous, _unknown(other, name), proved),
    )


def _renamed(verdict: Verdict, name: str) -> Verdict:
    where = Location(f"{name}/spec.yaml", 3, 5)
    statement = replace(verdict.statement, id=name, text=name, reason=name, where=where)
    return replace(verdict, statement=statement, reading=name)


NARROWED = POLICY.replace("port: 5432", "port: 5433")
WIDENED = POLICY.replace("    ports: [{port: 5432}]\n", "")


def comparison(
    old: str = POLICY,
    new: str = POLICY,
    expectation: str = "equivalent",
    world: World = World.ANY_CLUSTER,
    names: tuple[str, str] = ("old/policy.yaml", "new/policy.yaml"),
) -> CompareReport:
    """The comparison of two files of policies, next to the same pods."""
    before = load_texts({"pods.yaml": PODS, names[0]: old})
    after = load_texts({"pods.yaml": PODS, names[1]: new})
    return compare(before, after, CompareOptions(world=world), expectation)


def undecided(report: CompareReport, because: str = "the time limit was reached") -> CompareReport:
    """The comparison without an answer."""
    found = replace(
        report.comparison,
        relation=Relation.UNKNOWN,
        counterexamples=(),
        regions=(),
        regions_complete=False,
        unknown_because=because,
    )
    return replace(report, comparison=found, met=False)
