"""Source ports (D.19) in every command: where a policy asks for them, and nowhere else."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, product
from pathlib import Path
from typing import Any

import pytest
from netaddr import IPAddress, IPNetwork
from tests.mutants import Function, Mutant, mutant, planted
from tests.profiles import repeats
from tests.schema_check import checked

from netproof.cli import main
from netproof.comparison.policies import CompareOptions, compare
from netproof.comparisons import Change
from netproof.connectivity import portsets
from netproof.connectivity.changes import Ends, Outside, Shift, shifts_between
from netproof.decisions import ALL_PORTS
from netproof.lint.boxes import Space
from netproof.oracle import calico_rules, regions
from netproof.oracle.connections import decide
from netproof.oracle.regions import in_region
from netproof.replay import DisagreementError
from netproof.reports.connectivity.words import allowed_in
from netproof.schemas import CONNECTIVITY
from netproof_encodings.decision.conditions import FromPorts, Not
from netproof_encodings.lowering import every_tier, lower
from netproof_encodings.obligations.claims import stage
from netproof_encodings.vocabulary import stretches
from netproof_encodings.vocabulary.mentioned import vocabulary_of
from netproof_encodings.vocabulary.stretches import source_stretches
from netproof_specs.assumptions import DEFAULTS
from netproof_specs.loading import load_texts
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.connections import (
    DYNAMIC_PORT,
    Connection,
    Endpoint,
    ExternalEndpoint,
    pod_of,
)
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Family, PortRange, Protocol
from netproof_specs.worlds import World

PODS = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  containers:
  - name: c
    ports:
    - {name: http, containerPort: 80}
    - {name: alt, containerPort: 80}
    - {name: sql, containerPort: 1023}
    - {name: dns, containerPort: 53, protocol: UDP}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c}]}
---
"""
HEAD = """\
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
"""
WEB = "selector: app == 'web'"


def policy(*rules: str) -> str:
    """The pods, and a policy for those of `app=db` that allows what the rules say."""
    listed = "".join(f"  - {{action: Allow, {one}}}\n" for one in rules)
    return f"{PODS}{HEAD}spec:\n  selector: app == 'db'\n  types: [Ingress]\n  ingress:\n{listed}"


SQL = f"protocol: TCP, source: {{{WEB}, ports: ['1:1023', 2000]}}, destination: {{ports: [5432]}}"
PLAIN = f"protocol: TCP, source: {{{WEB}}}, destination: {{ports: [5432]}}"
FROM, TO = ["--from", "shop/web"], ["--to", "shop/db"]
ENDS = [*FROM, *TO]


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files, in the current folder."""
    monkeypatch.chdir(tmp_path)
    texts = {
        "sql.yaml": policy(SQL),
        "wider.yaml": policy(SQL.replace("1023", "1024")),
        "plain.yaml": policy(PLAIN),
        "shut.yaml": policy(SQL, "protocol: UDP, source: {notPorts: [53]}"),
    }
    for name, text in texts.items():
        Path(name).write_text(text, encoding="utf-8")


def printed(capsys: pytest.CaptureFixture[str], code: int, *arguments: str) -> str:
    """What the command prints, with that exit code."""
    assert main(list(arguments)) == code
    return capsys.readouterr().out


def test_nothing_is_there_where_nobody_asks(capsys: pytest.CaptureFixture[str]) -> None:
    cluster = load_texts({"f": policy(PLAIN)}).cluster
    vocabulary = vocabulary_of(every_tier(lower(cluster.policies)), (), ())
    assert source_stretches(vocabulary) == ((1, 65535),)
    for world in World:
        assert "source-port" not in stage(cluster, world, []).text
    claim = "shop/web can reach shop/db"
    for command in (
        ["verify", "plain.yaml", "--claim", claim],
        ["explain", "plain.yaml", *ENDS, "--on", "TCP/5432"],
        ["connections", "plain.yaml"],
        ["compare", "plain.yaml", "plain.yaml"],
    ):
        for form in ("text", "json"):
            main([*command, "--output", form])
            assert not re.search("source.?port", capsys.readouterr().out, re.IGNORECASE)


def test_verify(capsys: pytest.CaptureFixture[str]) -> None:
    """A claim speaks of every source port; what it shows names one."""
    can = ["--claim", "shop/web can reach shop/db on TCP/5432"]
    text = printed(capsys, 1, "verify", "sql.yaml", *can)
    assert "counterexample  shop/web  ->  shop/db  TCP/5432 from source port 49152\n" in text
    assert "--on TCP/5432 --source-port 49152\n" in text
    data = checked(printed(capsys, 1, "verify", "sql.yaml", *can, "--all", "--output", "json"))
    (claim,) = data["claims"]
    assert claim["counterexample"]["sourcePort"] == 49152
    (pair,) = claim["counterexample"]["concerned"]["pairs"]
    assert pair["ports"] == [
        {
            "protocol": "TCP",
            "ports": [[5432, 5432]],
            "sourcePorts": [[1024, 1999], [2001, 65535]],
        }
    ]
    may = ["--claim", "shop/web may reach shop/db on TCP/5432"]
    text = printed(capsys, 0, "verify", "sql.yaml", *may)
    assert "witness         shop/web  ->  shop/db  TCP/5432 from source port 2000\n" in text
    assert printed(capsys, 0, "verify", "plain.yaml", *can).startswith("PROVED")


def test_compare_says_from_which_source_ports(capsys: pytest.CaptureFixture[str]) -> None:
    ends = "pods(app=web) in ns:shop  ->  pods(app=db) in ns:shop  TCP/5432"
    text = printed(capsys, 1, "compare", "sql.yaml", "wider.yaml")
    assert text.startswith("WIDER")
    assert f"    + {ends} from source port 1024\n" in text
    text = printed(capsys, 1, "compare", "sql.yaml", "plain.yaml")
    assert f"    + {ends} from source ports 1024-1999\n" in text
    assert f"    + {ends} from source ports 2001-65535\n" in text
    data = checked(
        printed(capsys, 1, "compare", "plain.yaml", "sql.yaml", "--output", "json"), "compare"
    )
    found = {(one["firstSourcePort"], one["lastSourcePort"]) for one in data["regions"]}
    assert (data["verdict"], found) == ("NARROWER", {(1024, 1999), (2001, 65535)})
    assert {one["change"] for one in data["regions"]} == {"removed"}


def test_regions_name_no_source_port_where_every_one_is_meant(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Both sides ask for source ports, and the difference does not depend on them."""
    both = f"protocol: TCP, source: {{{WEB}, ports: ['1:1023']}}"
    rest = f"protocol: TCP, source: {{{WEB}, ports: ['1024:65535']}}"
    texts = {"old.yaml": policy(both, rest), "new.yaml": policy(both)}
    texts["none.yaml"] = f"{PODS}{HEAD}spec: {{selector: app == 'db', types: [Ingress]}}\n"
    for name, text in texts.items():
        Path(name).write_text(text, encoding="utf-8")
    text = printed(capsys, 1, "compare", "old.yaml", "none.yaml")
    assert "    - pods(app=web) in ns:shop  ->  pods(app=db) in ns:shop  TCP\n" in text
    text = printed(capsys, 1, "compare", "old.yaml", "new.yaml")
    assert "TCP from source ports 1024-65535\n" in text


def test_connections_tell_source_ports_apart(capsys: pytest.CaptureFixture[str]) -> None:
    udp = "UDP 1-4788, 4790-65535 from source ports 1-52, 54-65535"
    allowed = f"TCP 5432 from source ports 1-1023, 2000; {udp}"
    text = printed(capsys, 0, "connections", "shut.yaml", *ENDS)
    assert f"shop/web  ->  shop/db      {allowed}\n" in text
    assert allowed in printed(capsys, 0, "connections", "shut.yaml", "--summary", *ENDS)
    assert allowed in printed(capsys, 0, "connections", "shut.yaml", "--output", "dot")
    assert allowed in printed(capsys, 0, "connections", "shut.yaml", "--output", "markdown")
    assert allowed in printed(capsys, 0, "connections", "shut.yaml", "--output", "html")
    assert (
        'Pod,shop,web,Pod,shop,db,"5432 from source ports 1-1023, 2000",'
        '"1-4788, 4790-65535 from source ports 1-52, 54-65535",\n'
    ) in printed(capsys, 0, "connections", "shut.yaml", "--output", "csv")
    wanted = [
        {"protocol": "TCP", "ports": [[5432, 5432]], "sourcePorts": [[1, 1023], [2000, 2000]]},
        {
            "protocol": "UDP",
            "ports": [[1, 4788], [4790, 65535]],
            "sourcePorts": [[1, 52], [54, 65535]],
        },
    ]
    output = ["connections", "shut.yaml", *ENDS, "--output", "json"]
    (found,) = checked(printed(capsys, 0, *output), "connections")["connections"]
    assert found["allowed"] == wanted
    grouped = checked(printed(capsys, 0, *output, "--summary"), "connections-summary")
    assert [one["allowed"] for one in grouped["lines"]] == [wanted]


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["explain", "sql.yaml", *ENDS, "--on", "TCP/5432"]
    text = printed(capsys, 0, *asked)
    assert text.startswith("DENIED   shop/web  ->  shop/db  TCP/5432 from source port 49152\n")
    assert "        source port: wants 1-1023 or 2000, finds 49152\n" in text
    assert (
        "note: policies ask for the source port, which --source-port gives: it is allowed from "
        "source ports 1-1023, 2000, and denied from the others (D.19)\n"
    ) in text
    text = printed(capsys, 0, *asked, "--source-port", "2000")
    assert text.startswith("ALLOWED  shop/web  ->  shop/db  TCP/5432 from source port 2000\n")
    assert "which --source-port gives" not in text
    found = checked(printed(capsys, 0, *asked, "--output", "json"), "explain")
    assert found["connection"]["sourcePort"] == 49152
    (trace,) = found["ingress"]["policies"]
    assert [one["condition"] for one in trace["rules"][0]["mismatches"]] == ["source-port"]
    dns = ["--on", "UDP/80", "--source-port", "53"]
    text = printed(capsys, 0, "explain", "shut.yaml", *ENDS, *dns)
    assert "source port: wants any but 53, finds 53\n" in text
    text = printed(capsys, 0, "explain", "sql.yaml", *ENDS, "--on", "TCP/80")
    assert "it is denied from every source port (D.19)\n" in text


def test_removals_count_source_ports(capsys: pytest.CaptureFixture[str]) -> None:
    """A rule for some source ports is covered by one for more of them, and by no other."""
    low, inner, other = (
        f"protocol: TCP, source: {{{WEB}, ports: [{ports}]}}"
        for ports in ("'1:1023'", "'50:60'", "'1000:2000'")
    )
    for name, rules in {"covered": (low, inner), "apart": (low, other)}.items():
        Path(f"{name}.yaml").write_text(policy(*rules), encoding="utf-8")
    codes = {}
    for name in ("covered", "apart"):
        main(["lint", f"{name}.yaml", "--output", "json"])
        found = json.loads(capsys.readouterr().out)["findings"]
        codes[name] = {one["code"] for one in found} & {"NP005", "NP006", "NP007"}
    assert codes["covered"]
    assert not codes["apart"]


def test_boxes_know_source_ports() -> None:
    """What lint cuts up without a solver: a range and its complement are everything, once."""
    tiers = list(every_tier(lower(load_texts({"f": policy(SQL)}).cluster.policies)))
    space = Space(tiers, DEFAULTS)
    one = FromPorts(PortRange(1, 1023))
    (held,), (left,) = space.boxes(one), space.boxes(Not(one))
    assert held.keys() == left.keys()
    assert all(held[at] & left[at] == 0 for at in held)
    assert all(held[at] | left[at] == space.full[at] for at in held)


def test_bundle_and_recheck(capsys: pytest.CaptureFixture[str]) -> None:
    claims = ["shop/web cannot reach shop/db on TCP/80", "shop/web can reach shop/db on TCP/5432"]
    given = [word for one in claims for word in ("--claim", one)]
    assert main(["verify", "sql.yaml", *given, "--bundle", "b.zip"]) == 1
    capsys.readouterr()
    assert main(["recheck", "b.zip"]) == 0


def test_connectivity_tells_them_apart(capsys: pytest.CaptureFixture[str]) -> None:
    """Also where only one of the sides asks for them."""
    asked = ["compare", "sql.yaml", "wider.yaml", "--what", "connectivity"]
    text = printed(capsys, 1, *asked)
    assert text.startswith("WIDER")
    assert "+ shop/web  ->  shop/db  TCP 5432 from source port 1024\n" in text
    assert "added           shop/web  ->  shop/db  TCP/5432 from source port 1024\n" in text
    data = checked(printed(capsys, 1, *asked, "--output", "json"), CONNECTIVITY)
    (found,) = data["changes"]
    assert [(one["family"], one["sourcePorts"]) for one in found["allowed"]] == [
        ("IPv4", [[1024, 1024]]),
        ("IPv6", [[1024, 1024]]),
    ]
    text = printed(capsys, 1, "compare", "plain.yaml", "sql.yaml", "--what", "connectivity")
    assert text.startswith("NARROWER")
    said = "TCP 5432 from source ports 1024-1999, 2001-65535\n"
    assert f"- shop/web  ->  shop/db  {said}" in text
    assert main(["compare", "sql.yaml", "sql.yaml", "--what", "connectivity"]) == 0


# --- by name -------------------------------------------------------------------------------------

NAMED = SQL.replace("ports: ['1:1023', 2000]", "ports: [http]")
UNNAMED = SQL.replace("ports: ['1:1023', 2000]", "notPorts: [http]")


@pytest.fixture
def names() -> None:
    """Rules that ask for a source port by its name, which `web` gives to 80 (D.20)."""
    for name, rule in {"named": NAMED, "unnamed": UNNAMED}.items():
        Path(f"{name}.yaml").write_text(policy(rule), encoding="utf-8")
    Path("number.yaml").write_text(policy(NAMED.replace("http", "80")), encoding="utf-8")


@pytest.mark.usefixtures("names")
def test_verify_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    """In the snapshot the name is one of a pod; in an open world an invented pod declares it."""
    claim = ["--claim", "pods cannot reach pods(app=db) in ns:shop"]
    text = printed(capsys, 1, "verify", "named.yaml", *claim)
    assert "counterexample  shop/web  ->  shop/db  TCP/5432 from source port 80\n" in text
    other = ["--claim", "pods(new=yes) cannot reach pods(app=db) in ns:shop"]
    text = printed(capsys, 1, "verify", "named.yaml", "--world", "any-pods", *other)
    assert "    source        app=web, new=yes; declares TCP/49152 as `http`\n" in text
    (found,) = checked(
        printed(capsys, 1, "verify", "named.yaml", "--world", "any-pods", *other, "--output=json")
    )["claims"]
    ends = found["counterexample"]
    assert ends["sourcePort"] == 49152
    assert ends["source"]["ports"] == [{"name": "http", "protocol": "TCP", "port": 49152}]
    assert ends["destination"]["ports"] == []


@pytest.mark.usefixtures("names")
def test_connections_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    for file, allowed in (("named", "port 80"), ("unnamed", "ports 1-79, 81-65535")):
        text = printed(capsys, 0, "connections", f"{file}.yaml", *ENDS)
        assert f"shop/web  ->  shop/db      TCP 5432 from source {allowed}\n" in text


@pytest.mark.usefixtures("names")
def test_explain_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    for file, given, found in (
        ("named", [], "wants `http` (80), finds 49152"),
        ("unnamed", ["--source-port", "80"], "wants any but `http` (80), finds 80"),
    ):
        asked = ["explain", f"{file}.yaml", *ENDS, "--on", "TCP/5432", *given]
        assert f"        source port: {found}\n" in printed(capsys, 0, *asked)
    asked = ["explain", "named.yaml", *ENDS, "--on", "TCP/5432"]
    assert "it is allowed from source port 80, and denied" in printed(capsys, 0, *asked)


def ends_of(region: dict[str, Any]) -> set[str]:
    """The kinds of both ends."""
    return {region["source"]["kind"], region["destination"]["kind"]}


@pytest.mark.usefixtures("names")
def test_compare_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    """The name and its number are alike for the pods at hand, and for no others."""
    for arguments in (["--world", "snapshot"], ["--what", "connectivity"]):
        text = printed(capsys, 0, "compare", "named.yaml", "number.yaml", *arguments)
        assert text.startswith("EQUIVALENT")
    text = printed(capsys, 1, "compare", "named.yaml", "number.yaml")
    source, to = "pods(app=web) in ns:shop", "pods(app=db) in ns:shop  TCP/5432"
    declaring = f"{source} declaring the source port as `http`"
    missing = f"{source} not declaring the source port as `http`"
    assert f"    + {missing}  ->  {to} from source port 80\n" in text
    assert f"    - {declaring}  ->  {to} from source ports 81-65535\n" in text
    asked = ["compare", "plain.yaml", "named.yaml", "--output", "json"]
    regions = checked(printed(capsys, 1, *asked), "compare")["regions"]
    (region,) = (one for one in regions if ends_of(one) == {"pods"})
    assert region["source"]["declaresSourcePort"] == [{"name": "http", "declared": False}]
    assert region["source"]["declares"] == region["destination"]["declares"] == []
    assert "declaresSourcePort" not in region["destination"]
    # Host endpoints give names to ports too, and a rule for every namespace finds any.
    for path in map(Path, ("plain.yaml", "named.yaml")):
        text = path.read_text(encoding="utf-8")
        wide = "app == 'web', namespaceSelector: '!has(no)'"
        path.write_text(text.replace("app == 'web'", wide), encoding="utf-8")
    regions = checked(printed(capsys, 1, *asked), "compare")["regions"]
    of_hosts = [one["source"] for one in regions if one["source"]["kind"] == "hosts"]
    assert [{"name": "http", "declared": False}] in [one.get("givesSourcePort") for one in of_hosts]
    asked = ["compare", "named.yaml", "unnamed.yaml", "--world", "snapshot", "--output", "json"]
    data = checked(printed(capsys, 1, *asked), "compare")
    assert all("shop/web" in one["sourcePods"] for one in data["regions"])


@pytest.mark.usefixtures("names")
def test_bundle_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    claim = "only pods(app=web) in ns:shop, hosts(app=web) can reach pods(app=db) in ns:shop"
    asked = ["verify", "named.yaml", "--world", "any-cluster", "--claim", claim]
    assert main([*asked, "--bundle", "b.zip"]) == 0
    capsys.readouterr()
    assert main(["recheck", "b.zip"]) == 0


# --- against the oracle --------------------------------------------------------------------------

NUMBERS = (1, 52, 53, 54, 79, 80, 1023, 1024, DYNAMIC_PORT, 65535)
LISTS = (
    *("[]", "[53]", "['1:1023']", "['54:65535', 53]", "[80]"),
    *("[http]", "[sql, 53]", "[dns, alt]"),
)


def some_rule(rng: random.Random) -> str:
    """A rule that asks for some source ports, or for none."""
    source = f"ports: {rng.choice(LISTS)}, notPorts: {rng.choice(LISTS)}"
    source += rng.choice(("", f", {WEB}", ", nets: [203.0.113.0/24]"))
    port = rng.choice(("", ", destination: {ports: [80]}", ", destination: {notPorts: ['1:79']}"))
    return f"protocol: {rng.choice(('TCP', 'UDP'))}, source: {{{source}}}{port}"


def some_cluster(rng: random.Random) -> Cluster:
    """The pods, with one or two rules for `db` that allow, and perhaps one before that denies."""
    rules = [some_rule(rng) for _ in range(rng.choice((1, 2)))]
    text = policy(*rules)
    if rng.random() < 0.5:
        denying = f"  ingress:\n  - {{action: Deny, {some_rule(rng)}}}\n"
        text = text.replace("  ingress:\n", denying)
    return load_texts({"f": text}).cluster


def connections_of(cluster: Cluster) -> Iterator[Connection]:
    """Every connection of the pods, and of one address outside, on both sides of every edge."""
    spaces = {one.name: one for one in cluster.namespaces}
    pods = [pod_of(one, spaces[one.namespace], 1) for one in cluster.workloads]
    outside = ExternalEndpoint("203.0.113.5")
    pairs = [*product(pods, pods), *product(pods, [outside]), *product([outside], pods)]
    for (source, destination), protocol, port, source_port in product(
        pairs, (Protocol.TCP, Protocol.UDP), (79, 80), NUMBERS
    ):
        if source != destination:
            yield Connection(source, destination, protocol, port, Family.IPV4, source_port)


def named(end: Endpoint) -> object:
    """The end as a shift has it."""
    assert not isinstance(end, HostEndpoint)
    if isinstance(end, ExternalEndpoint):
        return end.address
    return end.namespace.name, end.name, end.kind


def is_at(end: object, ends: Ends) -> bool:
    """Whether a shift speaks of the end."""
    if isinstance(ends, Outside):
        return isinstance(end, str) and any(IPAddress(end) in IPNetwork(c) for c in ends.cidrs)
    return end in ends.names


def is_in(one: Connection, shift: Shift) -> bool:
    """Whether the connection is one of those of the shift, as a report of it says."""
    assert one.source_port is not None
    pairs = (one.source, shift.sources), (one.destination, shift.destinations)
    return all(is_at(named(end), ends) for end, ends in pairs) and any(
        found.protocol is one.protocol
        and any(first <= one.port <= last for first, last in found.ports)
        and any(first <= one.source_port <= last for first, last in found.sources)
        for found in allowed_in(shift, one.family)
    )


@pytest.mark.parametrize("seed", range(repeats(12)))
def test_what_comes_and_goes_is_what_the_oracle_says(seed: int) -> None:
    rng = random.Random(seed)
    old, new = some_cluster(rng), some_cluster(rng)
    shifts = shifts_between(old, new, DEFAULTS)
    for one in connections_of(old):
        before, after = (decide(side.policies, one, DEFAULTS).allowed for side in (old, new))
        expected = [] if before is after else [Change.ADDED if after else Change.REMOVED]
        assert [shift.change for shift in shifts if is_in(one, shift)] == expected, one


@pytest.mark.parametrize("seed", range(repeats(8)))
def test_regions_are_what_the_oracle_says(seed: int) -> None:
    """Every connection that changes is in a region of its change, and none is that does not."""
    rng = random.Random(seed)
    old, new = some_cluster(rng), some_cluster(rng)
    found = compare(
        old.policies, new.policies, replace(old, policies=()), CompareOptions(World.SNAPSHOT)
    )
    assert found.regions_complete
    for one in connections_of(old):
        before, after = (decide(side.policies, one, DEFAULTS).allowed for side in (old, new))
        expected = set() if before is after else {Change.ADDED if after else Change.REMOVED}
        assert {each.change for each in found.regions if in_region(one, each)} == expected, one


# --- planted errors ------------------------------------------------------------------------------


def only_what_is_always_allowed(right: Function) -> Function:
    return lambda *given: islice(right(*given), 1)


def every_source_port_is_meant(right: Function) -> Function:
    return lambda *given: (one._replace(sources=ALL_PORTS) for one in right(*given))


def source_ports_are_not_told_apart(_: Function) -> Function:
    return lambda vocabulary, more=(): ((1, 65535),)


def names_of_source_ports_are_not_told_apart(_: Function) -> Function:
    return lambda vocabulary, ports: set()


def regions_hold_every_source_port(_: Function) -> Function:
    return lambda connection, first, last: True


def connections_come_from_any_port(_: Function) -> Function:
    return lambda connection: DYNAMIC_PORT


PLANTED = [
    (mutant(portsets.__name__, "_allowed", only_what_is_always_allowed, "shifts"), "shifts"),
    (mutant(portsets.__name__, "_allowed", every_source_port_is_meant, "shifts"), "shifts"),
    (
        mutant(stretches.__name__, "source_stretches", source_ports_are_not_told_apart, "shifts"),
        "shifts",
    ),
    (
        mutant(
            stretches.__name__, "named_sources", names_of_source_ports_are_not_told_apart, "shifts"
        ),
        "shifts",
    ),
    (mutant(regions.__name__, "comes_from", regions_hold_every_source_port, "regions"), "regions"),
    (
        mutant(calico_rules.__name__, "source_port", connections_come_from_any_port, "regions"),
        "regions",
    ),
]
CHECKS = {
    "shifts": test_what_comes_and_goes_is_what_the_oracle_says,
    "regions": test_regions_are_what_the_oracle_says,
}


def tried(check: str) -> None:
    """The check on a few clusters, on one of which an error is to show."""
    for seed in range(8):
        CHECKS[check](seed)


@pytest.mark.parametrize(("error", "check"), PLANTED, ids=lambda one: getattr(one, "says", one))
def test_planted_errors_are_noticed(error: Mutant, check: str) -> None:
    with planted(error), pytest.raises((AssertionError, DisagreementError)):
        tried(check)
