"""Every format of every command carries every fact that its report has to be read with."""

from __future__ import annotations

import hashlib
import html
import json
import re
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import click
import pytest
import yaml
from tests.reporting import HOSTILE, PODS, POLICY, comparison, shop, verdicts
from tests.test_reports_github import commands
from tests.test_reports_markdown import Page
from tests.test_reports_sarif import run_of

from netproof import LoadOptions, load_texts
from netproof.about import about
from netproof.commands import connections, explain, lint
from netproof.comparison.connectivity import ConnectivityReport, compare_connectivity
from netproof.comparisons import CompareReport
from netproof.connectivity.mapping import Query, map_of
from netproof.explaining.ends import ends_of
from netproof.explaining.tracing import explain as explained
from netproof.lint.running import LintReport
from netproof.lint.running import lint as linted
from netproof.reports.compare.facts import compare_facts, connectivity_facts
from netproof.reports.connections.lines import ConnectionsReport
from netproof.reports.explain.text import ExplainReport
from netproof.reports.facts import (
    LONG,
    Fact,
    Facts,
    Name,
    digest_of,
    explain_facts,
    lint_facts,
    map_facts,
)
from netproof.reports.formats import COMPARE_FORMATS, CONNECTIVITY_FORMATS, VERIFY_FORMATS
from netproof.reports.verify.facts import claim_facts, verify_facts
from netproof.verified import Report
from netproof_specs.claim_language.parsing import parse_ports
from netproof_specs.loading import Decoding, LeftOut, Loaded, Source

BLOCK = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: from-block, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  egres: []
  ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: of-nobody, namespace: shop}
spec: {podSelector: {matchLabels: {app: nobody}}}
"""
CLIENT = """\
apiVersion: v1
kind: Pod
metadata: {name: client, namespace: shop}
status: {podIP: 10.0.0.7, phase: Running}
"""
SKIPPED = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\n"
LEFT_OUT = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: other}\n"
CLAIMS = (
    "only shop/web can reach shop/db",
    "shop/web cannot reach shop/db",
    "cidr(10.0.0.0/8) may reach shop/web",
    "cidr(11.0.0.0/8) cannot reach shop/web",
    "shop/client can reach shop/web",
    "pods(app=x) cannot reach shop/db",
    "policy to-db is necessary",
    "policy of-nobody is redundant",
)


@cache
def loaded() -> Loaded:
    """An input with a note (a dropped field), skipped and left-out kinds, a telling assumption."""
    rest = {"b.yaml": BLOCK, "c.yaml": SKIPPED, "d.yaml": CLIENT, "e.yaml": LEFT_OUT}
    texts = {"pods.yaml": PODS, "p.yaml": POLICY, **rest}
    without = (LeftOut("CiliumNetworkPolicy"),)
    found = load_texts(texts, LoadOptions(decoding=Decoding.LENIENT, without=without))
    return replace(found, paths=("k8s",))


@cache
def verified() -> Report:
    return verdicts(*CLAIMS, loaded=loaded())


@cache
def compared() -> CompareReport:
    more = POLICY.replace("to-db", "other") + "---\n" + CLIENT
    return comparison(POLICY, more.replace("5432", "5433"))


@cache
def shifted() -> ConnectivityReport:
    return compare_connectivity(shop(), loaded())


@cache
def found_by_lint() -> LintReport:
    return linted(loaded())


def mapped() -> ConnectionsReport:
    return ConnectionsReport(loaded(), map_of(loaded().cluster, Query()))


@cache
def explanation() -> ExplainReport:
    port = parse_ports("TCP/80")[0]
    ends = ends_of(loaded(), "shop/web", "shop/db")
    found = explained(loaded().cluster, ends, (port.protocol, port.first), frozenset())
    return ExplainReport(loaded(), found)


def of_run(command: str) -> Facts:
    """The facts of a command's report as a whole."""
    match command:
        case "verify":
            return verify_facts(verified())
        case "compare":
            return compare_facts(compared())
        case "connectivity":
            return connectivity_facts(shifted())
        case "lint":
            return lint_facts(found_by_lint())
        case "connections":
            return map_facts(loaded(), Query().assumptions)
        case _:
            return explain_facts(loaded(), explanation().found)


def everything(command: str) -> Facts:
    """The facts of the report and, for `verify`, of each of its claims."""
    claims = verified().verdicts if command == "verify" else ()
    return (*of_run(command), *(fact for one in claims for fact in claim_facts(one, loaded())))


def printed(command: str, form: str) -> str:
    """The report in a format, without colour."""
    tables: Mapping[str, tuple[Mapping[str, Callable[[Any], Any]], Any]] = {
        "verify": (VERIFY_FORMATS, verified()),
        "compare": (COMPARE_FORMATS, compared()),
        "connectivity": (CONNECTIVITY_FORMATS, shifted()),
        "lint": (lint.LINT_FORMATS, found_by_lint()),
        "connections": (connections.FORMATS, mapped()),
        "explain": (explain.FORMATS, explanation()),
    }
    formats, report = tables[command]
    return click.unstyle("".join(formats[form](report)))


EVERY = {
    "verify": VERIFY_FORMATS,
    "compare": COMPARE_FORMATS,
    "connectivity": CONNECTIVITY_FORMATS,
    "lint": lint.LINT_FORMATS,
    "connections": connections.FORMATS,
    "explain": explain.FORMATS,
}
NO_ROOM = {("connections", "csv"), *((command, "gitlab") for command in EVERY)}
"""A table of cells, and a list of findings: neither has a place for anything else."""
PAIRS = [
    (command, form)
    for command, forms in EVERY.items()
    for form in forms
    if (command, form) not in NO_ROOM
]


def squeezed(text: str) -> str:
    """The text with every run of white space as one blank."""
    return " ".join(text.split())


def shown(form: str, text: str) -> str:
    """What a reader of the format sees, in one line."""
    match form:
        case "sarif" | "code-scanning":
            return squeezed(" ".join(_strings(_properties(run_of(text)))))
        case "junit":
            root = ElementTree.fromstring(text.encode())
            return squeezed(" ".join(one.attrib["value"] for one in root.iter("property")))
        case "markdown":
            return squeezed(" ".join(Page(text).shown))
        case "github":
            return squeezed(" ".join(message for _, _, message in commands(text)))
        case "html":
            data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text)
            if data is not None:
                return squeezed(str(json.loads(data[1])["about"]))
            return squeezed(html.unescape(re.sub(r"<[^>]*>", " ", text)))
        case _:
            return squeezed(text.replace("\n// ", " "))


def _properties(run: dict[str, Any]) -> Iterable[Any]:
    return [run["properties"], *(one.get("properties", {}) for one in run["results"])]


def _strings(data: Any) -> Iterable[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for one in data.values() if isinstance(data, dict) else data:
            yield from _strings(one)


@pytest.mark.parametrize(
    ("command", "form"), [pair for pair in PAIRS if pair[1] not in {"json", "yaml"}]
)
def test_every_fact_stands_in_every_format(command: str, form: str) -> None:
    """Where there is no room for lists without bound, the digest of each stands for it."""
    seen = shown(form, printed(command, form))
    short = form in {"text", "github"}
    # Code scanning has no results for what is proved, and so no properties of them.
    facts = of_run(command) if form == "code-scanning" else everything(command)
    for fact in facts:
        for value in () if short and fact.name in LONG else fact.values:
            assert squeezed(value) in seen, (fact.title, value)


def listed(data: dict[str, Any], fact: Fact) -> list[str]:  # noqa: PLR0912 (a case a fact)
    """Where the facts of a run stand in its data, in words; a new one has to be added here."""
    read = data.get("input", data[fact.of] if fact.of else data)
    assumed = ", ".join(f"{key}={value}" for key, value in data.get("assumptions", {}).items())
    if fact.name.value in WORDS:
        return [data[WORDS[fact.name.value]]]
    match fact.name:
        case Name.ASSUMED:
            if not assumed:
                every = [one["assumptions"] for one in data["claims"]]
                return [", ".join(f"{key}={one[key]}" for key in ORDER) for one in every]
            return [", ".join(f"{key}={data['assumptions'][key]}" for key in ORDER)]
        case Name.OBJECT:
            return [one["name"] for one in data["objects"]]
        case Name.INPUT:
            counts = read.get("summary", read.get("counts"))
            return [] if counts is None else [str(counts["policies"])]
        case Name.DIGEST:
            return [read["inputsSha256"]]
        case Name.FILE:
            return [f"{one['name']} sha256 {one['sha256']}" for one in read["inputs"]]
        case Name.SPEC_FILE:
            return [f"{one['name']} sha256 {one['sha256']}" for one in data["specs"]]
        case Name.SKIPPED:
            return [", ".join(f"{count} {kind}" for kind, count in read["skipped"].items())]
        case Name.WITHOUT:
            counts = ((one["count"], one["kind"], one["apiVersion"]) for one in read["without"])
            return [f"{count} {kind} of {version}" for count, kind, version in counts]
        case Name.NOTE:
            return [one["message"] for one in read["notes"]]
        case Name.WRITTEN_BY:
            solvers = data["tool"].get("solvers", {})
            versions = ", ".join(f"{name} {number}" for name, number in solvers.items())
            return [f"netproof {data['tool']['version']}" + (f" ({versions})" if versions else "")]
        case _:
            raise AssertionError(f"where does `{fact.title}` stand in the data?")


WORDS = {"world": "world", "compared": "what", "enforcement": "enforcement"}
ORDER = ("ipblock-matches-pods", "unknown-pod-addresses", "host-network", "ties")


@pytest.mark.parametrize(
    ("command", "form"), [pair for pair in PAIRS if pair[1] in {"json", "yaml"}]
)
def test_every_fact_stands_in_the_data(command: str, form: str) -> None:
    text = printed(command, form)
    data: dict[str, Any] = json.loads(text) if form == "json" else yaml.safe_load(text)
    for fact in of_run(command):
        found = listed(data, fact)
        if fact.name is Name.INPUT:
            assert all(f"{one} polic" in fact.values[0] for one in found)
        elif fact.name in {Name.NOTE, Name.COMPARED, Name.OBJECT}:
            assert all(part in value for part, value in zip(found, fact.values, strict=True))
        else:
            assert set(found) == set(fact.values), fact.title


def test_every_fact_on_a_claim_stands_in_the_data() -> None:
    data = json.loads(printed("verify", "json"))
    for verdict, claim in zip(verified().verdicts, data["claims"], strict=True):
        facts = {fact.name: fact.values for fact in claim_facts(verdict, loaded())}
        assert facts[Name.READING] == (claim["reading"],)
        assert facts[Name.WORLD] == (claim["world"],)
        difference = claim["difference"] or {"inInput": None}
        assert (Name.IN_INPUT in facts) is (difference["inInput"] == "none")
        assert (Name.RESTS_ON in facts) is (claim["core"] is not None)
        for policy in claim["core"] or ():
            assert any(one.startswith(policy["policy"]) for one in facts[Name.RESTS_ON])
        assert (Name.ASSUMPTIONS in facts) is (claim["robustness"] is not None)
        for turn in (claim["robustness"] or {"turns": ()})["turns"]:
            words = " and ".join(f"{key}={value}" for key, value in turn["assumptions"].items())
            sentence = f"{turn['verdict']} with {words}"
            assert any(one.endswith(sentence) for one in facts[Name.ASSUMPTIONS])


FILED = {
    Name.CONTROL,
    Name.OWNER,
    Name.SEVERITY,
    Name.TAGS,
    Name.ACCEPTED,
    Name.JUDGED,
}
"""Facts of what a spec says of its claims: `tests/test_filing.py`."""


OF_A_FLEET = {Name.FLEET, Name.NOT_VERIFIED}
"""Facts of a fleet: `tests/test_fleet.py`."""


def test_the_example_has_all_kinds_of_facts() -> None:
    """Else the tests above would show little."""
    found = {fact.name for command in EVERY for fact in everything(command)}
    assert found == set(Name) - {Name.REASON, Name.SPEC_DIGEST, Name.SPEC_FILE, *FILED, *OF_A_FLEET}
    lines = {line for fact in everything("verify") for line in fact.values}
    for part in ("rests on ipblock-matches-pods=yes", "holds under every", "1 policy; any other"):
        assert any(part in line for line in lines), part


def test_reasons_and_spec_files_are_facts() -> None:
    report = verified()
    (first, *_) = report.verdicts
    stated = replace(first, statement=replace(first.statement, reason="PCI 1.3.1"))
    specs = (Source("spec.yaml", "0" * 64),)
    report = replace(report, verdicts=(stated,), specs=specs)
    for form, render in VERIFY_FORMATS.items():
        if form not in {"json", "yaml", "code-scanning", "gitlab"}:
            seen = shown(form, click.unstyle(render(report)))
            assert "PCI 1.3.1" in seen, form
            assert digest_of(specs) in seen, form
    assert json.loads(VERIFY_FORMATS["json"](report))["specs"][0]["name"] == "spec.yaml"


def test_the_digest_is_what_a_shell_says(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a")
    (tmp_path / "b.yaml").write_text("b")
    sources = [
        Source(name, hashlib.sha256(name[0].encode()).hexdigest()) for name in ("b.yaml", "a.yaml")
    ]
    done = subprocess.run(
        ["sh", "-c", "sha256sum b.yaml a.yaml | sha256sum"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split()[0] == digest_of(sources)


def test_versions() -> None:
    assert about() in printed("verify", "text")


@pytest.mark.parametrize("name", HOSTILE)
def test_no_fact_holds_a_control_character(name: str) -> None:
    hostile = load_texts({f"{name}.yaml": PODS, "p.yaml": POLICY})
    for fact in verify_facts(verdicts("shop/web cannot reach shop/db", loaded=hostile)):
        for value in fact.values:
            assert all(ch == "\n" or ch.isprintable() for ch in value)
