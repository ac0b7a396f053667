"""What every report for machines is made of, as plain data: places, endpoints, decisions.

Keys are camelCase and always present; what does not apply is null. Sizes, times of day and
durations are left out, so that two runs on one input give identical bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from netproof.about import VERSION
from netproof.comparisons import Change, Difference
from netproof.decisions import Decision, InInput, SideDecision
from netproof.reports.facts import ENFORCEMENT, digest_of
from netproof.reports.words import endpoint_name, failsafe_at, failsafe_list, reason_text
from netproof.solving import versions
from netproof_encodings.lowering import asked_by
from netproof_specs.assumptions import Assumptions, value_of
from netproof_specs.loading import KindCount, Loaded, Source, resolve
from netproof_specs.locations import Location
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, PodEndpoint
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Direction, Family
from netproof_specs.problems import Problem

SCHEMA_VERSION = 1
"""Raised when a field changes its meaning or goes; new fields leave it as it is."""

Data = dict[str, object]
"""An object of JSON: values are plain Python data that `json` can write."""

FAMILIES = {Family.IPV4: "IPv4", Family.IPV6: "IPv6"}


def head_data(command: str) -> Data:
    """What every report begins with: the schema's version, the tool and its solvers."""
    return head_without_solvers(command) | {
        "tool": {"name": "netproof", "version": VERSION, "solvers": versions()}
    }


def head_without_solvers(command: str) -> Data:
    """The same of a report of which nothing comes from a solver."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "command": command,
        "tool": {"name": "netproof", "version": VERSION},
        "enforcement": ENFORCEMENT,
    }


def sources_data(sources: Sequence[Source]) -> list[Data]:
    """Input files with their digests, in the order in which they were read."""
    return [{"name": one.name, "sha256": one.sha256} for one in sources]


def loaded_data(loaded: Loaded) -> Data:
    """What was read: the files, how they were read, and what the reader says of them."""
    return {
        "inputs": sources_data(loaded.sources),
        "inputsSha256": digest_of(loaded.sources),
        "namespace": loaded.options.namespace,
        "decoding": loaded.options.decoding.value,
        "skipped": dict(loaded.skipped),
        "unknownKinds": [
            kind_data(one) | place_data(one.where, loaded) for one in loaded.unknown_kinds
        ],
        "without": [kind_data(one) for one in loaded.without],
        "notes": [note_data(note, loaded) for note in loaded.notes],
    }


def kind_data(one: KindCount) -> Data:
    """A kind of which objects were left out, and how many."""
    return {"apiVersion": one.api_version, "kind": one.kind, "count": one.count}


def counts_data(loaded: Loaded) -> Data:
    """How much was read."""
    cluster = loaded.cluster
    return {
        "namespaces": len(cluster.namespaces),
        "pods": sum(one.replicas for one in cluster.workloads),
        "policies": cluster.policy_count,
    }


def note_data(note: Problem, loaded: Loaded) -> Data:
    """A remark on the input with its place."""
    return problem_data(note) | place_data(note.where, loaded)


def problem_data(problem: Problem) -> Data:
    """An error with its place, which is known."""
    return {
        "message": problem.message,
        "suggestion": problem.suggestion,
        "code": problem.code,
        "clause": problem.clause or None,
    } | _known_place_data(problem.where)


def place_data(where: Location | None, loaded: Loaded) -> Data:
    """`file`, `line` and `column`, all null for what stands in no file."""
    return _known_place_data(None if where is None else resolve(where, loaded))


def _known_place_data(found: Location | None) -> Data:
    if found is None:
        return {"file": None, "line": None, "column": None}
    return {"file": found.file, "line": found.line or None, "column": found.column or None}


def assumptions_data(assumptions: Assumptions, *loaded: Loaded) -> Data:
    """Every assumption that the input asks for, with the value that it was given."""
    asked = asked_by(policy for one in loaded for policy in one.cluster.every_policy)
    return {one.value: value_of(one, assumptions) for one in asked}


def connection_data(connection: Connection, loaded: Loaded) -> Data:
    """The connection without any decision on it."""
    return {
        "source": endpoint_data(connection.source, loaded),
        "destination": endpoint_data(connection.destination, loaded),
        "protocol": connection.protocol.value,
        "port": connection.port,
        **source_port_data(connection.source_port),
        "family": FAMILIES[connection.family],
    }


def source_port_data(source_port: int | None) -> Data:
    """The source port of a connection, where something asks for it (D.19)."""
    return {} if source_port is None else {"sourcePort": source_port}


def endpoint_data(endpoint: Endpoint, loaded: Loaded) -> Data:
    """A pod, or an address outside the cluster; `kind` tells which."""
    match endpoint:
        case ExternalEndpoint(address):
            return {"kind": "external", "title": address, "address": address}
        case HostEndpoint(name):
            return {
                "kind": "host",
                "title": endpoint_name(endpoint),
                "name": name,
                "labels": dict(endpoint.labels),
                "node": endpoint.node,
                "addresses": list(endpoint.addresses),
                "addressInvented": endpoint.supplied,
                "profiles": list(endpoint.profiles),
                "ports": [
                    {"name": one.name, "protocol": one.protocol, "port": one.port}
                    for one in endpoint.ports
                ],
                "invented": endpoint.invented,
            }
        case PodEndpoint():
            return _pod_data(endpoint, loaded)
        case _:
            assert_never(endpoint)


def _pod_data(pod: PodEndpoint, loaded: Loaded) -> Data:
    return {
        "kind": "pod",
        "title": endpoint_name(pod),
        "namespace": pod.namespace.name,
        "name": pod.name,
        "workloadKind": pod.kind,
        "replica": pod.replica,
        "replicas": pod.replicas,
        "labels": dict(pod.labels),
        "namespaceLabels": dict(pod.namespace.labels),
        "namespaceInvented": pod.namespace.invented.value,
        "serviceAccount": pod.service_account,
        "addresses": list(pod.addresses),
        "addressInvented": pod.supplied,
        "ports": [
            {"name": one.name or None, "protocol": one.protocol.value, "port": one.port}
            for one in pod.ports
        ],
        "hostNetwork": pod.host_network,
        "invented": pod.invented,
    } | place_data(pod.where, loaded)


def decision_data(decision: Decision, connection: Connection, loaded: Loaded) -> Data:
    """The decision on a connection, and that of each side."""
    return {
        "allowed": decision.allowed,
        "egress": side_data(decision.egress, connection, loaded),
        "ingress": side_data(decision.ingress, connection, loaded),
    } | hosts_data(decision.hosts, connection, loaded)


def hosts_data(sides: Sequence[SideDecision], connection: Connection, loaded: Loaded) -> Data:
    """What the hosts decide that the connection passes, where policies ask them (D.37)."""
    hosts = [host_data(one, connection, loaded) for one in sides if one.passing is not None]
    return {"passedHosts": hosts} if hosts else {}


def host_data(side: SideDecision, connection: Connection, loaded: Loaded) -> Data:
    """What one host endpoint decides of what it lets through."""
    return passing_data(side) | side_data(side, connection, loaded)


def passing_data(side: SideDecision) -> Data:
    """Which host endpoint decides, at which end's node, and whether it is asked for sure."""
    passing = side.passing
    assert passing is not None
    return {
        "host": passing.host.name,
        "end": "source" if passing.end is Direction.EGRESS else "destination",
        "direction": side.direction.value,
        "passed": passing.certainty.value,
    }


def difference_data(difference: Difference, old: Loaded, new: Loaded) -> Data:
    """A connection that two sets of policies decide differently, with both decisions."""
    connection = difference.connection
    holder = new if difference.change is Change.ADDED else old
    return {
        "change": difference.change.value,
        **connection_data(connection, holder),
        "inInput": in_input_data(difference.in_input),
        "old": decision_data(difference.old, connection, old),
        "new": decision_data(difference.new, connection, new),
    }


def in_input_data(in_input: InInput | None) -> str | None:
    """Whether the input has such a connection; null where that goes without saying."""
    return None if in_input is None else in_input.value


def side_data(side: SideDecision, connection: Connection, loaded: Loaded) -> Data:
    """One side's decision: the policies that select, and the rule that admits if one does."""
    return {
        "allowed": side.allowed,
        "reason": side.reason,
        "explanation": reason_text(side, connection),
        "selecting": [policy_data(one, loaded) for one in side.selecting],
        "rule": _rule_data(side, loaded),
    } | failsafe_data(side, loaded)


def failsafe_data(side: SideDecision, loaded: Loaded) -> Data:
    """The configuration that opens the port, or leaves it out, if one does (D.36)."""
    found = side.failsafe
    if found is None or found.by is None:
        return {}
    return {
        "failsafe": {
            "configuration": found.by.title,
            "list": failsafe_list(side),
            "index": None if found.at is None else found.at.index,
        }
        | place_data(failsafe_at(side), loaded)
    }


def _rule_data(side: SideDecision, loaded: Loaded) -> Data | None:
    if side.policy is None or side.rule is None:
        return None
    return {
        "policy": side.policy.title,
        "index": side.rule.index,
    } | place_data(side.rule.where, loaded)


def policy_data(policy: AnyPolicy, loaded: Loaded) -> Data:
    """A policy by name, with its place."""
    return {"policy": policy.title} | place_data(policy.where, loaded)
