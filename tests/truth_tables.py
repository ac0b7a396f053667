"""The truth tables of tests/tables: small clusters with the decisions that the rules prescribe.

A file is a list of cases. A case describes its input by `namespaces`, `pods` (shorthands that
are written out as manifests), `policies` (name to the text of the spec, kept letter for letter)
and `manifests` (any further documents); `anp`, `banp` and `cnp` are policies of the admin-level
kinds in the same form. It states one or more of

- `rows`: a connection and its decision, `ALLOW`, `DENY`, `IMPL` or `OPEN`; an `IMPL` row gives
  the `default` decision and the assumption `under` whose other value turns it, and counts as two
  rows; an `OPEN` row has both outcomes, and gives as `default` that of the order of names (C.4);
- `absent`: workloads that must not be in the model;
- `rejected`: the input is refused with a message that holds the text;
- `claims`: a claim, its world and its verdict;
- `equivalent`, `inequivalent`: other policies that decide every connection alike, or do not.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from netproof_specs.assumptions import DEFAULTS, READINGS, Assumption, Assumptions
from netproof_specs.loading import Decoding, LoadOptions, load_texts
from netproof_specs.model.admin_policy import AdminPolicy
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, pod_of
from netproof_specs.model.traffic import Family, Protocol
from netproof_specs.worlds import World

TABLES = Path(__file__).parent / "tables"
OTHERS = {"accept.yaml", "lint.yaml", "refuse.yaml"}
"""Files of the folder that hold the tables of readers and lint, in forms of their own."""
CASE_KEYS = {
    "id",
    "clause",
    "options",
    "namespaces",
    "pods",
    "policies",
    *("anp", "banp", "cnp"),
    "manifests",
    "rows",
    "absent",
    "rejected",
    "claims",
    "equivalent",
    "inequivalent",
}
ROW_KEYS = {
    "from",
    "to",
    "on",
    "family",
    "decision",
    "default",
    "under",
    "egress",
    "ingress",
    "assume",
    "clause",
}
ADMIN_KINDS = {
    "anp": ("v1alpha1", "AdminNetworkPolicy"),
    "banp": ("v1alpha1", "BaselineAdminNetworkPolicy"),
    "cnp": ("v1alpha2", "ClusterNetworkPolicy"),
}
POD_KEYS = {"labels", "ips", "node", "hostNetwork", "ports", "separate", "replicas"}


@dataclass(frozen=True, slots=True)
class Row:
    """One connection of a case with the decision that the rules prescribe.

    `id` is `CASE.NUMBER`, with the assumptions added for the second half of an `IMPL` row.
    `egress` and `ingress` are the reasons of the two sides where the table gives them. `open` is
    true iff the other outcome is possible as well, if tied policies go in another order (C.4).
    """

    id: str
    text: str
    clause: str
    cluster: Cluster
    connection: Connection
    assumptions: Assumptions
    allowed: bool
    egress: str | None
    ingress: str | None
    open: bool = False


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One claim about a case's manifests with its verdict in a world."""

    id: str
    claim: str
    world: World
    verdict: str
    manifests: str


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a table; `manifests` is its whole input as one text."""

    id: str
    clause: str
    manifests: str
    options: LoadOptions
    cluster: Cluster | None
    rows: tuple[Row, ...]
    absent: tuple[str, ...]
    rejected: str | None
    claims: tuple[ClaimRow, ...]
    equivalent: Cluster | None
    inequivalent: Cluster | None


@cache
def cases() -> tuple[Case, ...]:
    """Every case of every table, in order of file and place."""
    found = tuple(case for path in table_files() for case in cases_of(path))
    ids = [case.id for case in found]
    assert len(ids) == len(set(ids)), "two cases share an id"
    return found


def table_files() -> list[Path]:
    """The truth-table files."""
    return [path for path in sorted(TABLES.glob("*.yaml")) if path.name not in OTHERS]


def rows() -> tuple[Row, ...]:
    """Every row of every case."""
    return tuple(row for case in cases() for row in case.rows)


def is_ordinary(cluster: Cluster) -> bool:
    """Whether all policies that do something are NetworkPolicies, which every command knows."""
    admin = (one for one in cluster.policies if isinstance(one, AdminPolicy))
    return not any(one.ingress or one.egress for one in admin)


def row(identity: str) -> Row:
    """The row of an id such as `F4.1`."""
    return next(found for found in rows() if found.id == identity)


def cases_of(path: Path) -> Iterator[Case]:
    """The cases of one file."""
    # The base loader keeps every scalar a string, so `on`, `no` and `80` need no quotes.
    for raw in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader):
        try:
            yield case_of(raw)
        except Exception as error:
            error.add_note(f"in case {raw.get('id')} of {path.name}")
            raise


def case_of(raw: Mapping[str, Any]) -> Case:
    """One case, its input loaded unless it must be rejected."""
    only_known(raw, CASE_KEYS)
    identity, clause = raw["id"], raw["clause"]
    manifests = manifests_of(raw, raw.get("policies", {}))
    options = options_of(raw.get("options", "strict"))
    rejected = raw.get("rejected")
    cluster = None if rejected is not None else load(manifests, options)
    return Case(
        id=identity,
        clause=clause,
        manifests=manifests,
        options=options,
        cluster=cluster,
        rows=() if cluster is None else tuple(rows_of(raw, cluster)),
        absent=tuple(raw.get("absent", ())),
        rejected=rejected,
        claims=tuple(claims_of(raw, manifests)),
        equivalent=other_cluster(raw, "equivalent", options),
        inequivalent=other_cluster(raw, "inequivalent", options),
    )


def only_known(raw: Mapping[str, Any], known: set[str]) -> None:
    """Refuse a misspelt key, which would otherwise silence a row."""
    assert set(raw) <= known, f"unknown keys {sorted(set(raw) - known)} in {raw}"


def options_of(text: str) -> LoadOptions:
    """How the case's input is decoded."""
    return LoadOptions(decoding={"strict": Decoding.STRICT, "lenient": Decoding.LENIENT}[text])


def load(manifests: str, options: LoadOptions) -> Cluster:
    """The cluster of a case's input."""
    return load_texts({"table.yaml": manifests}, options).cluster


def other_cluster(raw: Mapping[str, Any], key: str, options: LoadOptions) -> Cluster | None:
    """The case's cluster with other policies in place of its own, where it has them."""
    if key not in raw:
        return None
    return load(manifests_of(raw, raw[key]), options)


def manifests_of(raw: Mapping[str, Any], policies: Mapping[str, str]) -> str:
    """The whole input of a case as a multi-document text."""
    documents = [
        *(namespace_text(name, labels) for name, labels in raw.get("namespaces", {}).items()),
        *(pod_text(name, pod) for name, pod in raw.get("pods", {}).items()),
        *(policy_text(name, spec) for name, spec in policies.items()),
        *(
            admin_text(kind, name, spec)
            for kind in ADMIN_KINDS
            for name, spec in raw.get(kind, {}).items()
        ),
        *([raw["manifests"]] if "manifests" in raw else []),
    ]
    return "---\n".join(document.rstrip("\n") + "\n" for document in documents)


def namespace_text(name: str, labels: Mapping[str, str]) -> str:
    """A Namespace manifest."""
    metadata = {"name": name, "labels": dict(labels)}
    return dump({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})


def policy_text(title: str, spec: str) -> str:
    """A NetworkPolicy manifest with the spec as it stands in the table."""
    namespace, name = title.split("/")
    metadata = {"name": name, "namespace": namespace}
    head = f"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {dump(metadata)}"
    return f"{head}spec:\n{textwrap.indent(spec, '  ')}"


def admin_text(kind: str, name: str, spec: str) -> str:
    """The manifest of an admin-level policy with the spec as it stands in the table."""
    version, written = ADMIN_KINDS[kind]
    head = f"apiVersion: policy.networking.k8s.io/{version}\nkind: {written}\n"
    return f"{head}metadata: {dump({'name': name})}spec:\n{textwrap.indent(spec, '  ')}"


def pod_text(title: str, pod: Mapping[str, Any]) -> str:
    """A Pod manifest, or a Deployment where `replicas` is given."""
    only_known(pod, POD_KEYS)
    namespace, name = title.split("/")
    metadata = {"name": name, "namespace": namespace}
    labels = dict(pod.get("labels", {}))
    spec = pod_spec(pod)
    if "replicas" not in pod:
        status = {"podIPs": [{"ip": ip} for ip in pod.get("ips", [])]}
        return dump(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": metadata | {"labels": labels},
                "spec": spec,
                "status": status,
            }
        )
    template = {"metadata": {"labels": labels | {"workload": name}}, "spec": spec}
    return dump(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": metadata,
            "spec": {
                "replicas": int(pod["replicas"]),
                "selector": {"matchLabels": {"workload": name}},
                "template": template,
            },
        }
    )


def pod_spec(pod: Mapping[str, Any]) -> dict[str, Any]:
    """The `spec` of a pod; with `separate`, each port belongs to a container of its own."""
    ports = [container_port(text) for text in pod.get("ports", [])]
    grouped = [[port] for port in ports] if "separate" in pod else [ports]
    containers = [
        {"name": f"c{number}", "image": "example", "ports": group}
        for number, group in enumerate(grouped)
    ]
    spec: dict[str, Any] = {"containers": containers}
    if "node" in pod:
        spec["nodeName"] = pod["node"]
    if "hostNetwork" in pod:
        spec["hostNetwork"] = pod["hostNetwork"] == "true"
    return spec


def container_port(text: str) -> dict[str, Any]:
    """`http=80` or `dns=53/UDP` as a container port; no protocol is written where none is given."""
    name, _, rest = text.partition("=")
    number, _, protocol = rest.partition("/")
    port: dict[str, Any] = {"name": name, "containerPort": int(number)}
    return port | {"protocol": protocol} if protocol else port


def dump(document: Mapping[str, Any]) -> str:
    """One document as a line of JSON, which is YAML in which no name is a Boolean."""
    return json.dumps(document) + "\n"


def rows_of(raw: Mapping[str, Any], cluster: Cluster) -> Iterator[Row]:
    """The rows of a case; an `IMPL` row gives one for each value of its assumption."""
    for number, entry in enumerate(raw.get("rows", ()), start=1):
        only_known(entry, ROW_KEYS)
        row = row_of(entry, f"{raw['id']}.{number}", raw["clause"], cluster)
        yield row
        if entry["decision"] == "IMPL":
            yield turned(row, Assumption(entry["under"]))


def row_of(entry: Mapping[str, Any], identity: str, clause: str, cluster: Cluster) -> Row:
    """One row with its connection looked up in the cluster; of an `IMPL` row, its default."""
    stated = entry["decision"]
    decision = entry["default"] if stated in ("IMPL", "OPEN") else stated
    return Row(
        id=identity,
        text=f"{entry['from']} -> {entry['to']} {entry['on']}",
        clause=entry.get("clause", clause),
        cluster=cluster,
        connection=connection_of(entry, cluster),
        assumptions=assumptions_of(entry.get("assume", {})),
        allowed={"ALLOW": True, "DENY": False}[decision],
        egress=str(entry["egress"]) if "egress" in entry else None,
        ingress=str(entry["ingress"]) if "ingress" in entry else None,
        open=stated == "OPEN",
    )


def turned(row: Row, under: Assumption) -> Row:
    """The row under the assumption's other value, which turns the decision."""
    return replace(
        row,
        id=f"{row.id}:{under.value}",
        assumptions=row.assumptions ^ {under},
        allowed=not row.allowed,
        egress=None,
        ingress=None,
    )


def assumptions_of(values: Mapping[str, str]) -> Assumptions:
    """The defaults with some values replaced."""
    found = set(DEFAULTS)
    for name, value in values.items():
        assumption = Assumption(name)
        reading = READINGS[assumption]
        answer = {reading.when_true: True, reading.when_false: False}[value]
        found = found | {assumption} if answer else found - {assumption}
    return frozenset(found)


def connection_of(entry: Mapping[str, Any], cluster: Cluster) -> Connection:
    """The connection of a row."""
    source = endpoint_of(entry["from"], cluster)
    destination = endpoint_of(entry["to"], cluster)
    protocol, port = entry["on"].split("/")
    return Connection(
        source=source,
        destination=destination,
        protocol=Protocol(protocol),
        port=int(port),
        family=Family(int(entry["family"])) if "family" in entry else family(source, destination),
    )


def family(*ends: Endpoint) -> Family:
    """The family of the external end, IPv4 where there is none."""
    external = [end.address for end in ends if isinstance(end, ExternalEndpoint)]
    return Family.IPV6 if any(":" in address for address in external) else Family.IPV4


def endpoint_of(text: str, cluster: Cluster) -> Endpoint:
    """`x/a`, `x/Deployment/a`, `x/a#2` (replica 2) or an address."""
    if "/" not in text:
        return ExternalEndpoint(text)
    title, _, replica = text.partition("#")
    namespace, *kind, name = title.split("/")
    named = {found.name: found for found in cluster.namespaces}
    (workload,) = (
        found
        for found in cluster.workloads
        if (found.namespace, found.name) == (namespace, name) and kind in ([], [found.kind])
    )
    number = int(replica or 1)
    assert number <= workload.replicas, f"{text} is one pod too many"
    return pod_of(workload, named[namespace], number)


def claims_of(raw: Mapping[str, Any], manifests: str) -> Iterator[ClaimRow]:
    """The claims of a case."""
    for number, entry in enumerate(raw.get("claims", ()), start=1):
        only_known(entry, {"claim", "world", "verdict"})
        yield ClaimRow(
            id=f"{raw['id']}.{number}",
            claim=entry["claim"],
            world=World(entry["world"]),
            verdict=entry["verdict"],
            manifests=manifests,
        )


def claim_rows() -> Sequence[ClaimRow]:
    """Every claim of every case."""
    return [claim for case in cases() for claim in case.claims]
