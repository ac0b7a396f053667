"""The truth tables of tests/tables/calico: small clusters with objects of Calico, and decisions.

A file is a list of cases. A case describes its input by `namespaces`, `accounts` and `pods`, by
`kubernetes` (NetworkPolicies of Kubernetes), `np`, `gnp`, `tiers`, `sets`, `hosts`, `profiles` and
`felix` (title to the spec; `sets` and `hosts` have `labels` beside it), and by `manifests`. It
states `rows`, each a connection with its decision, or that it is `rejected` with a message that
holds the text, or `claims`, each with the verdict of a world. A decision is

- `ALLOW` or `DENY`;
- `IMPL`, which the assumption `under` turns, from `default` under the usual values;
- `OPEN`, which the order of tied policies turns, from `default` in the documented order (D.5).

Ends are `x/a` (a pod), `host:h` (a host endpoint) or an address.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from tests.truth_tables import ClaimRow

from netproof.pipeline import verify
from netproof.verified import VerifyOptions
from netproof_specs.assumptions import (
    DEFAULTS,
    READINGS,
    Assumption,
    Assumptions,
)
from netproof_specs.loading import load_texts
from netproof_specs.model.cluster import AnyPolicy, Cluster
from netproof_specs.model.connections import (
    Connection,
    Endpoint,
    ExternalEndpoint,
    pod_of,
)
from netproof_specs.model.traffic import Family, Protocol
from netproof_specs.spec_files.reading import statements_of
from netproof_specs.worlds import World

TABLES = Path(__file__).parent / "tables" / "calico"
CALICO = "projectcalico.org/v3"
KINDS = {
    "kubernetes": ("networking.k8s.io/v1", "NetworkPolicy"),
    "np": (CALICO, "NetworkPolicy"),
    "gnp": (CALICO, "GlobalNetworkPolicy"),
    "tiers": (CALICO, "Tier"),
    "profiles": (CALICO, "Profile"),
    "felix": (CALICO, "FelixConfiguration"),
    "cnp": ("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy"),
    "anp": ("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy"),
    "banp": ("policy.networking.k8s.io/v1alpha1", "BaselineAdminNetworkPolicy"),
}
LABELLED = {"sets", "hosts"}
CASE_KEYS = {
    *KINDS,
    *LABELLED,
    *("id", "clause", "namespaces", "accounts", "pods", "manifests", "rows", "rejected"),
    "claims",
}
ROW_KEYS = {
    *("from", "to", "via", "sport", "family", "assume", "clause"),
    *("decision", "default", "under"),
}
POD_KEYS = {"labels", "ips", "node", "hostNetwork", "ports", "init", "account"}


@dataclass(frozen=True, slots=True)
class CalicoRow:
    """One connection of a case with its decision; `open` iff ties leave the other one open."""

    id: str
    text: str
    clause: str
    cluster: Cluster
    connection: Connection
    assumptions: Assumptions
    allowed: bool
    open: bool

    @property
    def policies(self) -> tuple[AnyPolicy, ...]:
        """All policies of the cluster, and what those of Calico rest on."""
        return self.cluster.every_policy


@dataclass(frozen=True, slots=True)
class CalicoCase:
    """One case; `manifests` is its whole input as one text."""

    id: str
    clause: str
    manifests: str
    rows: tuple[CalicoRow, ...]
    rejected: str | None
    claims: tuple[ClaimRow, ...] = ()


@cache
def calico_cases() -> tuple[CalicoCase, ...]:
    """Every case of every table."""
    found = tuple(
        case_of(raw)
        for path in sorted(TABLES.glob("*.yaml"))
        for raw in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    )
    ids = [case.id for case in found]
    assert len(ids) == len(set(ids)), "two cases share an id"
    return found


def calico_rows() -> tuple[CalicoRow, ...]:
    """Every row of every case."""
    return tuple(row for case in calico_cases() for row in case.rows)


def calico_row(identity: str) -> CalicoRow:
    """The row of an id such as `F77.1`."""
    return next(row for row in calico_rows() if row.id == identity)


def case_of(raw: Mapping[str, Any]) -> CalicoCase:
    """One case, its input loaded unless it must be rejected."""
    assert set(raw) <= CASE_KEYS, f"unknown keys in {raw}"
    manifests = manifests_of(raw)
    try:
        rows = tuple(rows_of(raw, manifests)) if "rejected" not in raw else ()
    except Exception as error:
        error.add_note(f"in case {raw['id']}")
        raise
    claims = tuple(
        ClaimRow(
            f"{raw['id']}.{number}", one["claim"], World(one["world"]), one["verdict"], manifests
        )
        for number, one in enumerate(raw.get("claims", ()), start=1)
    )
    return CalicoCase(raw["id"], raw["clause"], manifests, rows, raw.get("rejected"), claims)


def calico_claims() -> tuple[ClaimRow, ...]:
    """Every claim of every case."""
    return tuple(claim for case in calico_cases() for claim in case.claims)


def manifests_of(raw: Mapping[str, Any]) -> str:
    """The whole input of a case, an object a line as JSON."""
    documents = [
        *(thing("v1", "Namespace", n, labels) for n, labels in raw.get("namespaces", {}).items()),
        *(thing("v1", "ServiceAccount", n, o) for n, o in raw.get("accounts", {}).items()),
        *(pod(title, given) for title, given in raw.get("pods", {}).items()),
        *(
            thing(version, kind, title, {}, spec)
            for key, (version, kind) in KINDS.items()
            for title, spec in raw.get(key, {}).items()
        ),
        *(network_set(title, dict(given)) for title, given in raw.get("sets", {}).items()),
        *(host(title, dict(given)) for title, given in raw.get("hosts", {}).items()),
    ]
    texts = [json.dumps(document) + "\n" for document in documents]
    return "---\n".join([*texts, *([raw["manifests"]] if "manifests" in raw else [])])


def thing(
    version: str, kind: str, title: str, labels: Mapping[str, str], spec: Any = None
) -> dict[str, Any]:
    """One object; a title with a `/` names its namespace too."""
    namespace, _, name = title.rpartition("/")
    metadata: dict[str, Any] = {"name": name, "labels": dict(labels)}
    metadata |= {"namespace": namespace} if namespace else {}
    head = {"apiVersion": version, "kind": kind, "metadata": metadata}
    return head if spec is None else head | {"spec": spec}


def pod(title: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """A Pod; `ports` and `init` name container ports as `http=80` or `dns=53/UDP`."""
    assert set(given) <= POD_KEYS, f"unknown keys in {given}"
    spec: dict[str, Any] = {"containers": [container("c", given.get("ports", []))]}
    if "init" in given:
        spec["initContainers"] = [container("i", given["init"])]
    for key, field in (("node", "nodeName"), ("account", "serviceAccountName")):
        spec |= {field: given[key]} if key in given else {}
    spec["hostNetwork"] = given.get("hostNetwork", False)
    status = {"podIPs": [{"ip": ip} for ip in given.get("ips", [])]}
    return thing("v1", "Pod", title, given.get("labels", {}), spec) | {"status": status}


def container(name: str, ports: list[str]) -> dict[str, Any]:
    """A container with its ports."""
    return {"name": name, "ports": [named_port(text) for text in ports]}


def named_port(text: str, field: str = "containerPort") -> dict[str, Any]:
    """`http=80` or `dns=53/UDP` as a port with a name."""
    name, _, rest = text.partition("=")
    number, _, protocol = rest.partition("/")
    return {"name": name, field: int(number), "protocol": protocol or "TCP"}


def network_set(title: str, given: dict[str, Any]) -> dict[str, Any]:
    """A NetworkSet, or a GlobalNetworkSet if the title has no namespace."""
    kind = "NetworkSet" if "/" in title else "GlobalNetworkSet"
    return thing(CALICO, kind, title, given.pop("labels", {}), given)


def host(title: str, given: dict[str, Any]) -> dict[str, Any]:
    """A HostEndpoint, for the whole host and on a node of its own unless it says otherwise."""
    labels = given.pop("labels", {})
    spec = {"node": f"node-{title}", "interfaceName": "*"} | given
    if "ports" in spec:
        spec["ports"] = [named_port(text, "port") for text in spec["ports"]]
    return thing(CALICO, "HostEndpoint", title, labels, spec)


def rows_of(raw: Mapping[str, Any], manifests: str) -> Iterator[CalicoRow]:
    """The rows of a case; an `IMPL` row gives one for each value of its assumption."""
    cluster = load_texts({"table.yaml": manifests}).cluster
    for number, entry in enumerate(raw.get("rows", ()), start=1):
        assert set(entry) <= ROW_KEYS, f"unknown keys in {entry}"
        row = row_of(entry, f"{raw['id']}.{number}", raw["clause"], cluster)
        yield row
        if entry["decision"] == "IMPL":
            under = assumption_of(entry["under"])
            turned = row.assumptions ^ {under}
            yield replace(
                row, id=f"{row.id}:{under.value}", assumptions=turned, allowed=not row.allowed
            )


def row_of(entry: Mapping[str, Any], identity: str, clause: str, cluster: Cluster) -> CalicoRow:
    """One row with its connection looked up in the cluster."""
    stated = entry["decision"]
    decision = entry["default"] if stated in ("IMPL", "OPEN") else stated
    source, destination = (end_of(str(entry[key]), cluster) for key in ("from", "to"))
    protocol, port = entry["via"].split("/")
    given = Family(entry["family"]) if "family" in entry else family_of(source, destination)
    return CalicoRow(
        id=identity,
        text=f"{entry['from']} -> {entry['to']} {entry['via']}",
        clause=entry.get("clause", clause),
        cluster=cluster,
        connection=Connection(
            source,
            destination,
            Protocol(protocol),
            int(port),
            given,
            entry.get("sport"),
        ),
        assumptions=assumptions_of(entry.get("assume", {})),
        allowed={"ALLOW": True, "DENY": False}[decision],
        open=stated == "OPEN",
    )


def family_of(*ends: Endpoint) -> Family:
    """IPv6 iff an external end is of it."""
    external = [end.address for end in ends if isinstance(end, ExternalEndpoint)]
    return Family.IPV6 if any(":" in address for address in external) else Family.IPV4


def end_of(text: str, cluster: Cluster) -> Endpoint:
    """A pod, a host endpoint or an address."""
    if text.startswith("host:"):
        return next(one for one in cluster.hosts if one.name == text.removeprefix("host:"))
    if "/" not in text:
        return ExternalEndpoint(text)
    namespaces = {one.name: one for one in cluster.namespaces}
    found = next(one for one in cluster.workloads if f"{one.namespace}/{one.name}" == text)
    return pod_of(found, namespaces[found.namespace], 1)


def assumption_of(name: str) -> Assumption:
    """The assumption of a name."""
    return next(one for one in Assumption if one.value == name)


def assumptions_of(values: Mapping[str, str]) -> Assumptions:
    """The defaults with some values replaced."""
    chosen = set(DEFAULTS)
    for name, value in values.items():
        assumption = assumption_of(name)
        reading = READINGS[assumption]
        answer = {reading.when_true: True, reading.when_false: False}[value]
        chosen = chosen | {assumption} if answer else chosen - {assumption}
    return frozenset(chosen)


def outcome_of(row: ClaimRow) -> str:
    """The verdict on a claim of a case."""
    (statement,) = statements_of([], [row.claim])
    loaded = load_texts({"table.yaml": row.manifests})
    (verdict,) = verify(loaded, [statement], VerifyOptions(world=row.world)).verdicts
    return verdict.outcome.value
