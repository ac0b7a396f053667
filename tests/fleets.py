"""A fleet for tests: three clusters of a shop, of which one has a hole and one is broken."""

from __future__ import annotations

from pathlib import Path

from tests.reporting import PODS, POLICY

from netproof.fleet.asking import Request, ask, spec_names
from netproof.fleet.engines import Engine, Here
from netproof.fleet.running import run_fleet
from netproof.fleet.sheets import FleetReport
from netproof.reports.fleet.formats import FLEET_FORMATS
from netproof_specs.sources.finding import Content, source_of
from netproof_specs.spec_files.fleets import read_fleet
from netproof_specs.spec_files.reading import read_spec
from netproof_specs.steps import Watch, unwatched

FLEET = """\
specs: [claims.yaml]
clusters:
  good: {paths: [good]}
  open: {paths: [open], world: any-pods}
  wrong: {paths: [wrong]}
  gone: {paths: [gone]}
"""
CLAIMS = """\
claims:
  - {id: ONLY, claim: "only pods(app=web) can reach pods(app=db)", tags: [net], owner: us}
  - {id: PORT, claim: "pods(app=web) can reach pods(app=db) on TCP/5432", control: C-1}
  - {id: NONE, claim: "pods(app=db) cannot reach pods(app=web)",
     accepted: {until: 2099-01-01, by: me, because: not yet}}
  - {id: OUT, claim: "external cannot reach pods(app=db)"}
"""


def write_fleet(folder: Path) -> None:
    """Writes the fleet file, the claims and the clusters that exist."""
    (folder / "fleet.yaml").write_text(FLEET)
    (folder / "claims.yaml").write_text(CLAIMS)
    policies = {
        "good": POLICY,
        "open": POLICY.replace("matchLabels: {app: web}", ""),
        "wrong": POLICY.replace("podSelector:", "podSelecter:", 1),
    }
    for name, policy in policies.items():
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "pods.yaml").write_text(PODS)
        (folder / name / "policy.yaml").write_text(policy)


def report_of(engine: Engine | None = None, *wanted: str, watch: Watch = unwatched) -> FleetReport:
    """The report on the fleet of the current folder."""
    content = Content("fleet.yaml", Path("fleet.yaml").read_bytes())
    members = read_fleet(content.name, content.data)
    names = {name for one in members for name in spec_names(one, Request())}
    specs = {
        name: (Content(name, Path(name).read_bytes()), read_spec(name, Path(name).read_bytes()))
        for name in names
    }
    asked = ask(members, specs, Request())
    but = ("fleet.yaml", *names)
    outturns = run_fleet(asked, engine or Here(), frozenset(wanted), but, watch)
    return FleetReport(source_of(content), outturns)


def everything(report: FleetReport) -> dict[str, str]:
    """The report in every format."""
    return {form: render(report) for form, render in FLEET_FORMATS.items()}
