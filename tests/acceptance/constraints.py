"""What a row asks of a counterexample or a witness: endpoints, port, and who decides how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import netaddr

from netproof.verdicts import Evidence
from netproof_specs.model.connections import Endpoint, ExternalEndpoint, PodEndpoint

ENDPOINT_KEYS = {"external", "address", "namespace", "namespace-labels", "name", "labels", "lacks"}
KEYS = {"source", "destination", "protocol", "port", "egress", "ingress"}


def differences(wanted: Mapping[str, Any], evidence: Evidence) -> list[str]:
    """Every respect in which the evidence is not of the kind that is wanted."""
    assert wanted.keys() <= KEYS, wanted
    connection, decision = evidence.connection, evidence.decision
    found = {
        "protocol": connection.protocol.value,
        "port": connection.port,
        "egress": decision.egress.reason,
        "ingress": decision.ingress.reason,
    }
    plain = [
        f"{key} is {found[key]}, not {value}"
        for key, value in wanted.items()
        if key in found and found[key] != value
    ]
    return [
        *plain,
        *_endpoint("source", wanted.get("source", {}), connection.source),
        *_endpoint("destination", wanted.get("destination", {}), connection.destination),
    ]


def _endpoint(role: str, wanted: Mapping[str, Any], found: Endpoint) -> Iterator[str]:
    assert wanted.keys() <= ENDPOINT_KEYS, wanted
    for key, value in wanted.items():
        if not _is(found, key, value):
            yield f"{role} is {found}, which is not {key}: {value}"


def _is(found: Endpoint, key: str, value: Any) -> bool:
    match found:
        case ExternalEndpoint(address):
            return (key == "external" and value is True) or (
                key == "address" and netaddr.IPAddress(address) == netaddr.IPAddress(value)
            )
        case PodEndpoint():
            return _pod_is(found, key, value)


def _pod_is(pod: PodEndpoint, key: str, value: Any) -> bool:
    labels, namespace_labels = dict(pod.labels), dict(pod.namespace.labels)
    match key:
        case "namespace":
            return bool(pod.namespace.name == value)
        case "namespace-labels":
            return bool(value.items() <= namespace_labels.items())
        case "name":
            return bool(pod.name == value)
        case "labels":
            return bool(value.items() <= labels.items())
        case "lacks":
            return not value.items() & labels.items()
        case _:
            return False
