"""What hosts let through (D.37) in maps of connections, and in what comes and goes."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.calico_tables import CalicoRow, calico_row
from tests.mutants import Function
from tests.reporting import PODS
from tests.schema_check import checked
from tests.test_calico_forward import CLUSTER, FORWARDED
from tests.test_calico_rows import point_of
from tests.test_compare_forward import POD, gate

from netproof import compare_connectivity, load_texts
from netproof.cli import main
from netproof.comparison.connectivity import ConnectivityOptions
from netproof.comparisons import Change, Relation, Side
from netproof.connectivity import comparable, passing, points, relation
from netproof.connectivity.doubts import Doubts, doubts_of
from netproof.connectivity.mapping import Map, Query, map_of
from netproof.connectivity.passing import Passing
from netproof.connectivity.points import PodPoint, points_of
from netproof.connectivity.relation import related
from netproof.connectivity.sampling import hold
from netproof.replay import DisagreementError
from netproof.reports.formats import CONNECTIVITY_FORMATS
from netproof_encodings.lowering import lower
from netproof_specs.assumptions import DEFAULTS, Assumption
from netproof_specs.model.connections import ExternalEndpoint

OUTSIDE = DEFAULTS - {Assumption.CALICO_FORWARD}


def outcomes(row: CalicoRow) -> tuple[bool, bool]:
    """Whether the row's connection is possible, and whether it is certain."""
    connection = row.connection
    ends = connection.source, connection.destination
    blocks = [
        f"{end.address}/{128 if ':' in end.address else 32}"
        for end in ends
        if isinstance(end, ExternalEndpoint)
    ]
    tiers = lower(row.cluster.every_policy)
    found = related(points_of(row.cluster, tiers, row.assumptions, blocks), tiers)
    pair = (point_of(found.points, end, connection.family) for end in ends)
    number, on = found.between(*pair), (connection.protocol, connection.port)
    some, every = (
        found.sets.holds(found.sets.only(number, layer), connection.family, *on)
        for layer in (0, -1)
    )
    return some, every


def is_right(row: CalicoRow) -> bool:
    """Whether the relation has the row as the table says, whatever the oracle says of it."""
    return outcomes(row) == (row.allowed or row.open, row.allowed and not row.open)


@pytest.mark.parametrize("row", FORWARDED, ids=lambda row: f"{row.id} {row.text}")
def test_row(row: CalicoRow) -> None:
    assert is_right(row)


# --- planted errors -----------------------------------------------------------------------------


def pods_are_behind_no_host(_: Function) -> Function:
    return lambda vocabulary, _passages: vocabulary


def hosts_are_passed_for_sure_only(right: Function) -> Function:
    def passed(self: Passing, at: int, outcome: Any) -> Iterator[Any]:
        inside = self._points.inside[at]
        surely = inside.pods.behind.surely if isinstance(inside, PodPoint) else None
        return (one for one in right(self, at, outcome) if one[0] == surely)

    return passed


def every_host_is_passed(right: Function) -> Function:
    def passed(self: Passing, at: int, outcome: passing.Outcome) -> Iterator[Any]:
        shut = passing.Outcome(outcome.lean, passing.SetUp.SHUT)
        return ((place, outcome, seen) for place, _, seen in right(self, at, shut))

    return passed


def all_goes_outwards(_: Function) -> Function:
    return lambda self, host: host.opened(self._end)


def nothing_goes_outwards(_: Function) -> Function:
    return lambda self, _host: self._flows.everything


def both_directions_end_there(_: Function) -> Function:
    return lambda self, _end, direction: self.shut(direction)


def one_direction_is_asked(right: Function) -> Function:
    return lambda self, end, direction: (
        right(self, end, direction) if direction is end else self.host.flows.everything
    )


def what_is_left_over_is_accepted(_: Function) -> Function:
    return lambda self, direction: self.opened(direction)


def hosts_pass_on_what_is_their_own(_: Function) -> Function:
    return lambda self, *_: self.flows.everything


def layers_change_places(right: Function) -> Function:
    return lambda sets, found, ways: right(sets, found[::-1], ways)


MUTANTS: tuple[tuple[object, str, Callable[[Function], Function], str], ...] = (
    (points, "with_passages", pods_are_behind_no_host, "forwarded-out.2"),
    (Passing, "_passed", hosts_are_passed_for_sure_only, "forwarded-out.12"),
    (Passing, "_passed", every_host_is_passed, "forwarded-out.12"),
    (Passing, "_if_outwards", all_goes_outwards, "forwarded-out.7"),
    (Passing, "_if_outwards", nothing_goes_outwards, "forwarded-out.2"),
    (passing._At, "at_worst", both_directions_end_there, "forwarded-out.1"),
    (passing._At, "at_worst", one_direction_is_asked, "forwarded-both-ways.3"),
    (passing._At, "shut", what_is_left_over_is_accepted, "forwarded-left-over.2"),
    (passing._Host, "_elsewhere", hosts_pass_on_what_is_their_own, "forwarded-from-a-host.1"),
    (relation, "_layered", layers_change_places, "forwarded-out.5"),
)


@pytest.mark.parametrize(
    ("place", "name", "error", "killed_by"),
    MUTANTS,
    ids=[f"{name}: {error.__name__}" for _, name, error, _ in MUTANTS],
)
def test_planted_errors_are_noticed(
    place: object,
    name: str,
    error: Callable[[Function], Function],
    killed_by: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = calico_row(killed_by)
    assert is_right(row)
    with monkeypatch.context() as planted:
        planted.setattr(place, name, error(getattr(place, name)))
        assert not is_right(row)


def test_a_wrong_map_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each layer is held against the oracle, in the set-up that it is for."""
    monkeypatch.setattr(relation, "_layered", layers_change_places(relation._layered))
    with pytest.raises(DisagreementError, match="map of connections"):
        map_of(load_texts({"c.yaml": CLUSTER}).cluster, Query())


# --- what people and programs read --------------------------------------------------------------

FREE = """---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec: {replicas: 2, selector: {matchLabels: {app: api}},
  template: {metadata: {labels: {app: api}}, spec: {containers: [{name: c}]}}}
"""
CROWD = CLUSTER + FREE


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("c.yaml").write_text(CROWD, encoding="utf-8")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["connections", "c.yaml", *arguments]) == 0
    return capsys.readouterr().out


def lines(text: str) -> dict[tuple[str, str], str]:
    found = re.findall(r"^(\S+) +-> +(\S+) +(.+)$", text, re.MULTILINE)
    return {(source, destination): allowed for source, destination, allowed in found}


TUNNELS = "TCP all; UDP 1-4788, 4790-65535; SCTP all"


def test_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """What leaves `web` passes its host for sure, and what else passes it is not known."""
    found = lines(run(capsys))
    perhaps = TUNNELS.replace("TCP all; UDP", "TCP 443; perhaps TCP 1-442, 444-65535; perhaps UDP")
    perhaps = perhaps.replace("; SCTP", "; perhaps SCTP")
    assert found["shop/web", "external"] == "TCP 443"
    assert found["external", "shop/web"] == "perhaps all"
    assert found["shop/Deployment/api", "external"] == perhaps
    within = "perhaps TCP all; perhaps UDP 1-4788, 4790-65535; perhaps SCTP all"
    assert found["shop/Deployment/api", "shop/web"] == within
    assert found["shop/Deployment/api", "shop/Deployment/api"] == within


def test_notes(capsys: pytest.CaptureFixture[str]) -> None:
    """A replica may run on the node of the host endpoint or on another one."""
    found = run(capsys)
    assert "5 pairs depend on how the cluster is set up" in found
    assert "`--assume calico-host-forward=outside` takes" in found
    assert "1 pair depends on which node a pod runs" in found
    settled = run(capsys, "--assume", "calico-host-forward=outside")
    assert "depend on how" not in settled
    assert "1 pair depends on which node a pod runs" in settled
    assert lines(settled)["shop/Deployment/api", "shop/web"] == TUNNELS
    assert lines(settled)["external", "shop/web"] == "all"
    Path("c.yaml").write_text(CLUSTER, encoding="utf-8")
    assert "which node" not in run(capsys)


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    """What is allowed perhaps is marked, and apart from what is allowed for sure."""
    found = checked(run(capsys, "--output", "json"), "connections")
    (out,) = (
        one["allowed"]
        for one in found["connections"]
        if one["source"].get("name") == "api" and "cidrs" in one["destination"]
    )
    assert out == [
        {"protocol": "TCP", "ports": [[443, 443]]},
        {"protocol": "TCP", "ports": [[1, 442], [444, 65535]], "perhaps": True},
        {"protocol": "UDP", "ports": [[1, 4788], [4790, 65535]], "perhaps": True},
        {"protocol": "SCTP", "ports": [[1, 65535]], "perhaps": True},
    ]
    codes = [one["code"] for one in found["notes"]]
    assert {"open-set-up", "open-node"} <= {*codes}
    summed = checked(run(capsys, "--summary", "--output", "json"), "connections-summary")
    assert any(part.get("perhaps") for line in summed["lines"] for part in line["allowed"])


@pytest.mark.parametrize("form", ["text", "yaml", "csv", "markdown", "dot", "html"])
def test_every_format_marks_it(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Wherever the map says so, and nowhere if nothing is left open."""
    mark = {"html": '"perhaps":', "yaml": 'perhaps"?: true'}.get(form, "perhaps ")
    assert re.search(mark, run(capsys, "--output", form))
    if form in {"text", "markdown", "yaml"}:
        assert re.search(mark, run(capsys, "--summary", "--output", form))
    Path("c.yaml").write_text(CROWD.replace("applyOnForward: true", ""), encoding="utf-8")
    assert not re.search(mark, run(capsys, "--output", form))


def test_cells_of_csv(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(run(capsys, "--output", "csv"))))
    (out,) = (
        one for one in rows if one["source name"] == "api" and one["destination kind"] == "external"
    )
    assert out["TCP"] == "443; perhaps 1-442, 444-65535"
    assert out["SCTP"] == "perhaps all"


def test_arrows_that_are_not_sure_are_dashed(capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, "--output", "dot")
    assert '"external" -> "shop/web" [label="perhaps all", style=dashed];' in found
    assert '"shop/web" -> "external" [label="TCP 443"];' in found
    assert '"shop/Deployment/api" -> "external" [label="TCP 443; perhaps TCP 1-442' in found
    assert not re.search("TCP 443; perhaps.*dashed", found)


def test_the_page_tells_what_is_not_sure(capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, "--output", "html")
    data = json.loads(re.search(r'<script[^>]*id="data"[^>]*>(.*?)</script>', found, re.S)[1])  # type: ignore[index]
    told = {one["text"]: one.get("perhaps") for one in data["ports"]}
    assert told["TCP 443"] is None
    assert told["perhaps all"] == "all"
    (mixed,) = (kind for text, kind in told.items() if text.startswith("TCP 443; perhaps"))
    assert mixed == "some"


# --- what comes and goes ------------------------------------------------------------------------

GATED, OPEN = CLUSTER, CLUSTER.replace("applyOnForward: true", "")
TURNED = CLUSTER.replace("types: [Egress]", "types: [Ingress]").replace("egress:", "ingress:")
DOUBTS: list[tuple[str, str, bool, Relation, set[Side | None]]] = [
    (GATED, GATED, True, Relation.EQUIVALENT, set()),
    # With the policy `web` surely loses its way out; what it gets is perhaps denied.
    (OPEN, GATED, True, Relation.NARROWER, {None, Side.NEW}),
    (GATED, OPEN, True, Relation.WIDER, {None, Side.OLD}),
    (OPEN, GATED, False, Relation.NARROWER, {None}),
    # One set-up asks in the one direction only, and one in the other.
    (GATED, TURNED, True, Relation.INCOMPARABLE, {None, *Side}),
    # Of pods on unknown nodes nothing is sure, whatever is assumed.
    (OPEN + FREE, GATED + FREE, False, Relation.NARROWER, {None, Side.NEW}),
]


@pytest.mark.parametrize(("old", "new", "any_set_up", "verdict", "perhaps_in"), DOUBTS)
def test_what_comes_and_goes(
    old: str, new: str, any_set_up: bool, verdict: Relation, perhaps_in: set[Side | None]
) -> None:
    options = ConnectivityOptions(DEFAULTS if any_set_up else OUTSIDE)
    found = compare_connectivity(*(load_texts({"c.yaml": one}) for one in (old, new)), options)
    assert found.relation is verdict
    assert {one.perhaps_in for one in found.shifts} == perhaps_in
    assert {one.shift.perhaps_in for one in found.samples} == perhaps_in
    for one in found.samples:
        assert one.there.decision.allowed
        assert one.elsewhere is not None
        assert not one.elsewhere.decision.allowed


def no_set_up_is_compared(_: Function) -> Function:
    return lambda *_: ()


def one_way_for_all(right: Function) -> Function:
    return lambda *given: tuple(right(*given))[:1]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("_in_each_set_up", no_set_up_is_compared),
        ("ways_through", no_set_up_is_compared),
        ("ways_through", one_way_for_all),
    ],
)
def test_planted_errors_in_comparisons_are_noticed(
    name: str, error: Callable[[Function], Function], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparable, name, error(getattr(comparable, name)))
    found = compare_connectivity(*(load_texts({"c.yaml": one}) for one in (GATED, TURNED)))
    told = {one.change for one in found.shifts if one.perhaps_in is Side.BOTH}
    assert told != {*Change}


def test_every_format_tells_what_is_not_sure() -> None:
    sides = (load_texts({"c.yaml": one}) for one in (OPEN, GATED))
    found = compare_connectivity(*sides)
    for form, written in CONNECTIVITY_FORMATS.items():
        text = written(found)
        mark = '"perhapsIn": "new"' if form == "json" else "perhapsIn: new"
        assert (mark if form in {"json", "yaml"} else "erhaps removed") in text, form
    text = CONNECTIVITY_FORMATS["text"](found)
    assert "    - external  ->  shop/web  all  (perhaps in NEW)\n" in text
    assert "2 groups of connections: 1 removed, 1 perhaps removed" in text
    assert "new host      denied" in text
    checked(CONNECTIVITY_FORMATS["json"](found), "connectivity")


def test_only_perhaps() -> None:
    """A headline does not say for sure what no change is sure of; the exit code is the same."""
    sides = tuple(load_texts({"c.yaml": one}) for one in (OPEN, GATED))
    only = [
        one.replace("types: [Egress]", "types: [Ingress]")
        .replace("egress:", "ingress:")
        .replace("node: n1, interface", "node: n2, interface")
        for one in (OPEN, GATED)
    ]
    assert compare_connectivity(*sides).met is False
    text = CONNECTIVITY_FORMATS["text"](
        compare_connectivity(*(load_texts({"c.yaml": one + FREE}) for one in only))
    )
    assert "NEW perhaps connects less than OLD; expected equivalent: not met" in text


def test_doubts_of_both_kinds_are_told_apart() -> None:
    """A tie and the set-up: a pair that hangs on either counts for both."""
    gate = CLUSTER.partition("kind: GlobalNetworkPolicy")[2]
    closed = "---\napiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy" + gate.replace(
        "name: gate", "name: shut"
    ).replace("action: Allow", "action: Deny")
    found = map_of(load_texts({"c.yaml": CLUSTER + closed}).cluster, Query())
    doubts = doubts_of(found)
    assert found.tied == ("gate", "shut")
    assert doubts.order
    assert doubts.set_up
    assert not doubts.places
    sure = map_of(load_texts({"c.yaml": PODS}).cluster, Query())
    assert doubts_of(sure) == Doubts()
    hold(found.relation)


def pairs(found: Map) -> dict[tuple[int, int], object]:
    """What a map has of each pair, with addresses outside as the end -1."""
    ports = found.relation.sets.ports
    told: dict[tuple[int, int], object] = {}
    for number, row in enumerate(found.rows()):
        told |= {(number, at): ports(one) for at, one in row.cells()}
        if outside := [(cidrs, ports(one)) for cidrs, one in row.pattern.outside]:
            told[number, -1] = outside
    for at, blocks in found.entering():
        told[-1, at] = [(cidrs, ports(one)) for cidrs, one in blocks]
    return told


NEAR = "".join(POD.format(name=name, node="nodeName: n1, ") for name in ("db", "ci"))
TIED = gate("egress", "{action: Deny}", host="n1", name="shut", order=9) + gate(
    "egress", "{action: Allow}", host="n1", name="open", order=9
)


@pytest.mark.parametrize("more", ["", TIED.replace("role == 'n1'", "all()")])
def test_doubts_are_counted_pair_by_pair(more: str) -> None:
    """Rows share patterns, and pods differ from these where they are on one node, or one pod."""
    found = map_of(load_texts({"c.yaml": CROWD + NEAR + more}).cluster, Query())
    assert bool(found.tied) is bool(more)
    assumed = found.query.assumptions
    told = {
        settled: pairs(map_of(found.relation.points.cluster, Query(assumptions=assumed - settled)))
        for one in ({Assumption.TIES}, {Assumption.CALICO_FORWARD})
        for settled in (frozenset(one), frozenset({*one, Assumption.CALICO_FORWARD}))
    }
    as_is, both = pairs(found), frozenset({Assumption.TIES, Assumption.CALICO_FORWARD})
    order = told[frozenset({Assumption.TIES})] if found.tied else as_is
    set_up = told[frozenset({Assumption.CALICO_FORWARD})]
    settled = told[both] if found.tied else set_up
    assert doubts_of(found) == Doubts(
        order=len(unlike(as_is, order) | unlike(set_up, settled)) if found.tied else 0,
        set_up=len(unlike(as_is, set_up) | unlike(order, settled)),
        places=len(open_pairs(settled)),
    )
    assert doubts_of(found).set_up


def unlike(one: dict[Any, object], other: dict[Any, object]) -> set[Any]:
    return {at for at in {*one, *other} if one.get(at) != other.get(at)}


def open_pairs(found: dict[Any, Any]) -> set[Any]:
    """The pairs of which something is possible and not certain."""
    return {
        at
        for at, ports in found.items()
        if (any(x != y for _, (x, y) in ports) if isinstance(ports, list) else ports[0] != ports[1])
    }
