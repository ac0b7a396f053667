"""Comparisons as text and as data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click
import pytest
import yaml
from tests.build import requirement, selector
from tests.reporting import (
    HOSTILE,
    NARROWED,
    PODS,
    POLICY,
    comparison,
    hostile,
    shop,
    undecided,
    verdicts,
)
from tests.schema_check import checked
from tests.test_reports_github import commands
from tests.test_reports_junit import suite_of
from tests.test_reports_markdown import TAGS, Page
from tests.test_reports_sarif import run_of

from netproof.comparisons import (
    Region,
    RegionAddresses,
    RegionAnything,
    RegionEnd,
    RegionPods,
)
from netproof.reports.formats import COMPARE_FORMATS, VERIFY_FORMATS
from netproof.reports.regions import region_end_text, region_ports_text
from netproof_specs.claims import PodNamed
from netproof_specs.model.labels import NAME_LABEL, LabelSelector
from netproof_specs.model.traffic import Family, Protocol
from netproof_specs.worlds import World

TWO = {"pods.yaml": PODS, "p.yaml": POLICY, "q.yaml": NARROWED.replace("to-db", "other")}


def test_claims_on_policies() -> None:
    texts = (
        "policies to-db and other are equivalent",
        "policy to-db is redundant",
        "policy to-db is necessary",
        "policies to-db and to-db are equivalent",
    )
    report = verdicts(*texts, loaded=shop(TWO))
    differ, redundant, necessary, same = checked(VERIFY_FORMATS["json"](report))["claims"]
    assert {one["about"] for one in (differ, redundant, necessary, same)} == {"policies"}
    assert (same["verdict"], same["difference"]) == ("PROVED", None)
    assert (differ["verdict"], redundant["verdict"]) == ("REFUTED", "REFUTED")
    assert necessary["verdict"] == "PROVED"
    assert necessary["difference"] == redundant["difference"]
    assert (redundant["difference"]["change"], redundant["difference"]["port"]) == ("removed", 5432)
    assert redundant["difference"]["old"]["ingress"]["rule"]["policy"] == "shop/to-db"
    text = click.unstyle(VERIFY_FORMATS["text"](report))
    assert (
        """\
  difference      shop/web  ->  shop/db  TCP/5432
    source        app=web
    destination   app=db
    with to-db: allowed
      egress      allowed  no policy selects shop/web for egress
      ingress     allowed  shop/to-db ingress[0] admits it  (p.yaml:9:5)
    without to-db: denied
      egress      allowed  no policy selects shop/web for egress
      ingress     denied   shop/other selects shop/db; no rule admits it  (q.yaml:4:9)
"""
        in text
    )


def test_places_of_claims_on_policies() -> None:
    report = verdicts("policy to-db is redundant", loaded=shop(TWO))
    (error, _) = commands(VERIFY_FORMATS["github"](report))
    assert (error[1]["file"], error[1]["line"]) == ("p.yaml", "9")
    assert error[2].split("\n")[2:4] == ["with to-db: allowed", "without to-db: denied"]


def test_a_policy_that_is_not_necessary() -> None:
    twice = {"pods.yaml": PODS, "p.yaml": POLICY, "q.yaml": POLICY.replace("to-db", "other")}
    report = verdicts("policy other is necessary", loaded=shop(twice))
    (error, _) = commands(VERIFY_FORMATS["github"](report))
    assert "\nWithout it exactly the same connections are allowed.\n" in error[2]
    (found,) = checked(VERIFY_FORMATS["json"](report))["claims"]
    assert (found["verdict"], found["difference"]) == ("REFUTED", None)


TEXT = """\
INCOMPARABLE NEW allows some connections that OLD denies, and denies some it allows; \
expected equivalent: not met
  compared        policies only
  world           snapshot
  assumed         ipblock-matches-pods=yes, unknown-pod-addresses=unmatched, host-network=node, \
ties=any
  added           shop/web  ->  shop/db  TCP/5433
    source        app=web
    destination   app=db
    old egress    allowed  no policy selects shop/web for egress
    old ingress   denied   shop/to-db selects shop/db; no rule admits it  (old/policy.yaml:4:9)
    new egress    allowed  no policy selects shop/web for egress
    new ingress   allowed  shop/to-db ingress[0] admits it  (new/policy.yaml:9:5)
  removed         shop/web  ->  shop/db  TCP/5432
    source        app=web
    destination   app=db
    old egress    allowed  no policy selects shop/web for egress
    old ingress   allowed  shop/to-db ingress[0] admits it  (old/policy.yaml:9:5)
    new egress    allowed  no policy selects shop/web for egress
    new ingress   denied   shop/to-db selects shop/db; no rule admits it  (new/policy.yaml:4:9)
  difference      2 regions: 1 added, 1 removed
"""


def test_text() -> None:
    report = comparison(POLICY, NARROWED, world=World.SNAPSHOT)
    text = click.unstyle(COMPARE_FORMATS["text"](report))
    assert text.startswith(TEXT)
    assert "\n    + " in text
    assert "\n    - " in text
    assert "\n      to    shop/db\n" in text


def test_text_of_equal_sides() -> None:
    text = click.unstyle(COMPARE_FORMATS["text"](comparison()))
    assert text.startswith(
        "EQUIVALENT   NEW allows exactly what OLD allows; expected equivalent: met\n"
    )
    assert "difference" not in text


def test_text_of_an_open_comparison() -> None:
    text = click.unstyle(COMPARE_FORMATS["text"](undecided(comparison())))
    assert "  unknown         the time limit was reached\n" in text
    assert "0 regions; the list is cut: there may be more" in text


@pytest.mark.parametrize("world", list(World))
def test_json(world: World) -> None:
    data = checked(COMPARE_FORMATS["json"](comparison(POLICY, NARROWED, world=world)), "compare")
    assert (data["verdict"], data["met"], data["world"]) == ("INCOMPARABLE", False, world.value)
    added, removed = data["counterexamples"]
    assert (added["change"], added["port"], removed["port"]) == ("added", 5433, 5432)
    assert (added["old"]["allowed"], added["new"]["allowed"]) == (False, True)
    assert added["new"]["ingress"]["rule"]["file"] == "new/policy.yaml"
    assert added["old"]["ingress"]["selecting"][0]["file"] == "old/policy.yaml"
    assert {one["change"] for one in data["regions"]} == {"added", "removed"}
    for region in data["regions"]:
        assert (region["sourcePods"] is not None) == (world is World.SNAPSHOT)
        assert region["firstPort"] <= region["example"]["port"] <= region["lastPort"]
    assert [one["name"] for one in data["old"]["inputs"]] == ["pods.yaml", "old/policy.yaml"]


def test_json_of_the_other_verdicts() -> None:
    data = checked(COMPARE_FORMATS["json"](comparison()), "compare")
    assert (data["verdict"], data["met"], data["regions"]) == ("EQUIVALENT", True, [])
    data = checked(COMPARE_FORMATS["json"](undecided(comparison())), "compare")
    assert (data["verdict"], data["regionsComplete"]) == ("UNKNOWN", False)
    assert data["unknownBecause"] == "the time limit was reached"


def test_yaml_holds_the_same() -> None:
    report = comparison(POLICY, NARROWED)
    as_yaml = yaml.safe_load(COMPARE_FORMATS["yaml"](report))
    assert as_yaml == checked(COMPARE_FORMATS["json"](report), "compare")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_in_data(name: str) -> None:
    report = hostile(name)
    text = VERIFY_FORMATS["json"](report)
    assert text.isascii()
    assert checked(text)["claims"][0]["claim"] == name
    as_yaml = VERIFY_FORMATS["yaml"](report)
    assert as_yaml.isascii()
    assert all(ch == "\n" or ch.isprintable() for ch in text + as_yaml)
    assert yaml.safe_load(as_yaml) == checked(text)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_in_text(name: str) -> None:
    text = click.unstyle(VERIFY_FORMATS["text"](hostile(name)))
    assert all(ch == "\n" or ch.isprintable() for ch in text)
    assert text.count("\n") == VERIFY_FORMATS["text"](hostile("x")).count("\n")


def named(name: str) -> LabelSelector:
    """The selector of one namespace."""
    return LabelSelector((requirement(f"{NAME_LABEL} in {name}"),))


ENDS: list[tuple[RegionEnd, str]] = [
    (RegionAnything(), "anything"),
    (RegionAddresses(None), "external"),
    (RegionAddresses(None, ("10.0.0.0/8",)), "external except 10.0.0.0/8"),
    (RegionAddresses("10.0.0.0/8"), "external in cidr(10.0.0.0/8)"),
    (
        RegionAddresses("10.0.0.0/8", ("10.1.0.0/16", "10.2.0.0/16")),
        "external in cidr(10.0.0.0/8) except 10.1.0.0/16, 10.2.0.0/16",
    ),
    (RegionPods(LabelSelector(), LabelSelector()), "pods"),
    (RegionPods(named("shop"), LabelSelector()), "ns:shop"),
    (RegionPods(named("shop"), selector(app="web")), "pods(app=web) in ns:shop"),
    (RegionPods(selector(team="a"), LabelSelector()), "ns(team=a)"),
    (
        RegionPods(
            LabelSelector((requirement("k notin a,b"), requirement("x absent"))), LabelSelector()
        ),
        "ns(k notin (a,b),!x)",
    ),
    (
        RegionPods(
            named("shop"),
            LabelSelector(),
            (("http", True), ("sql", False)),
            (PodNamed("shop", "web", "Pod"),),
            RegionAddresses("10.0.0.0/8", ("10.1.0.0/16",)),
        ),
        "ns:shop among shop/Pod/web with a known address in cidr(10.0.0.0/8) except 10.1.0.0/16 "
        "declaring the port as `http` not declaring the port as `sql`",
    ),
]


@pytest.mark.parametrize(("end", "text"), ENDS, ids=[text for _, text in ENDS])
def test_ends(end: RegionEnd, text: str) -> None:
    assert region_end_text(end) == text
    report = comparison(POLICY, NARROWED)
    (region, *_) = report.comparison.regions
    changed = replace(report.comparison, regions=(replace(region, source=end),))
    data = checked(COMPARE_FORMATS["json"](replace(report, comparison=changed)), "compare")
    found: dict[str, Any] = data["regions"][0]["source"]
    assert found["text"] == text


ALL = tuple(Protocol)
PORTS = [
    (ALL, 1, 65535, tuple(Family), "any port"),
    ((Protocol.TCP,), 1, 65535, tuple(Family), "TCP"),
    ((Protocol.TCP, Protocol.UDP), 53, 53, tuple(Family), "TCP/53, UDP/53"),
    ((Protocol.SCTP,), 1, 79, tuple(Family), "SCTP/1-79"),
]


@pytest.mark.parametrize(("protocols", "first", "last", "families", "text"), PORTS)
def test_ports(
    protocols: tuple[Protocol, ...], first: int, last: int, families: tuple[Family, ...], text: str
) -> None:
    region: Region = comparison(POLICY, NARROWED).comparison.regions[0]
    changed = replace(region, protocols=protocols, first=first, last=last, families=families)
    assert region_ports_text(changed) == text


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_in_comparisons(name: str) -> None:
    names = (f"{name}/old.yaml", f"{name}/new.yaml")
    report = comparison(POLICY, NARROWED, names=names)
    found = report.comparison
    named = tuple(replace(one, source_pods=(name,)) for one in found.regions)
    report = replace(report, comparison=replace(found, regions=named, unknown_because=name))
    checked(COMPARE_FORMATS["json"](report), "compare")
    run_of(COMPARE_FORMATS["sarif"](report))
    suite_of(COMPARE_FORMATS["junit"](report))
    assert len(commands(COMPARE_FORMATS["github"](report))) == 3
    assert set(Page(COMPARE_FORMATS["markdown"](report)).tags) <= TAGS
    for text in (render(report) for render in COMPARE_FORMATS.values()):
        assert all(ch == "\n" or ch.isprintable() for ch in click.unstyle(text))


@pytest.mark.parametrize("format", list(VERIFY_FORMATS))
def test_the_same_bytes_of_verdicts(format: str) -> None:
    one, two = (
        VERIFY_FORMATS[format](verdicts("shop/web can reach shop/db", "ns:shop may reach external"))
        for _ in range(2)
    )
    assert one == two


@pytest.mark.parametrize("format", list(COMPARE_FORMATS))
def test_the_same_bytes_of_comparisons(format: str) -> None:
    one, two = (COMPARE_FORMATS[format](comparison(POLICY, NARROWED)) for _ in range(2))
    assert one == two


def test_both_commands_have_the_same_formats() -> None:
    formats = ["text", "json", "yaml", "sarif", "code-scanning", "junit", "markdown", "html"]
    formats += ["gitlab", "github"]
    assert list(VERIFY_FORMATS) == list(COMPARE_FORMATS) == formats
