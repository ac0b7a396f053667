"""Endpoint sets as canonical text: what `claim_language` reads back to equal values."""

from __future__ import annotations

from typing import assert_never

from netproof_specs import claims
from netproof_specs.model.labels import NAME_LABEL, LabelSelector, Operator, Requirement


def describe_endpoints(endpoints: claims.EndpointSet) -> str:
    """The inline form of a set of endpoints."""
    match endpoints:
        case claims.PodsWhere():
            return _pods_text(endpoints)
        case claims.PodNamed(namespace, name, kind):
            return f"{namespace}/{name}" if kind is None else f"{namespace}/{kind}/{name}"
        case claims.HostNamed(name):
            return f"HostEndpoint/{name}"
        case claims.HostsWhere(selector):
            return "hosts" if selector is None else f"hosts({selector_text(selector)})"
        case claims.AddressBlock(cidr):
            return f"cidr({cidr})"
        case claims.External():
            return "external"
        case claims.Anything():
            return "anything"
        case claims.AnyOf(members):
            return f"any({', '.join(describe_endpoints(member) for member in members)})"
        case _:
            assert_never(endpoints)


def _pods_text(pods: claims.PodsWhere) -> str:
    namespaces = _namespaces_text(pods)
    account = "" if pods.account is None else f" as serviceaccount:{pods.account}"
    if pods.pods is None and not account:
        return namespaces or "pods"
    text = "pods" if pods.pods is None else f"pods({selector_text(pods.pods)})"
    return f"{text} in {namespaces}{account}" if namespaces else text + account


def _namespaces_text(pods: claims.PodsWhere) -> str:
    """No form has a namespace's name beside a selector; the name's label says the same (A.25)."""
    if pods.namespaces is None:
        return "" if pods.namespace is None else f"ns:{pods.namespace}"
    requirements = pods.namespaces.requirements
    if pods.namespace is not None:
        requirements = (Requirement(NAME_LABEL, Operator.IN, (pods.namespace,)), *requirements)
    return f"ns({selector_text(LabelSelector(requirements))})"


def selector_text(selector: LabelSelector) -> str:
    """The selector in kubectl's syntax; the empty text for the empty selector."""
    return ",".join(_requirement_text(requirement) for requirement in selector.requirements)


def _requirement_text(requirement: Requirement) -> str:
    key, values = requirement.key, requirement.values
    match requirement.operator:
        case Operator.IN:
            return f"{key}={values[0]}" if len(values) == 1 else f"{key} in ({','.join(values)})"
        case Operator.NOT_IN:
            return (
                f"{key}!={values[0]}" if len(values) == 1 else f"{key} notin ({','.join(values)})"
            )
        case Operator.EXISTS:
            return key
        case Operator.DOES_NOT_EXIST:
            return f"!{key}"
        case _:
            assert_never(requirement.operator)
