"""Ready-made claims that a spec can include: each catalogue with its reason and its sources.

A catalogue turns its parameters into the text of a spec, which is read as any other. A bundle
keeps that text, so that what was decided can be read there, and a later version of a catalogue
changes nothing of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from netproof_specs.frozen import Frozen
from netproof_specs.model.labels import NAME_LABEL


class Parameters(Frozen):
    """What an include gives to a catalogue; empty where it gives nothing.

    `names` are those of namespaces, `where` a form for the namespaces of a selector, `but` names
    of namespaces that are left out. `to` and `but_from` are endpoints in the language of claims.
    """

    names: tuple[str, ...] = ()
    where: str = ""
    but: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    but_from: tuple[str, ...] = ()
    ports: str = ""
    addresses: tuple[str, ...] = ()


class Catalogue(Frozen):
    """Claims of one purpose; `takes` are the parameters that it knows, `needs` those it must have.

    `claims` gives their texts, each with what follows the id of the include.
    """

    name: str
    says: str
    reason: str
    sources: tuple[str, ...]
    takes: tuple[str, ...]
    needs: tuple[str, ...]
    claims: Callable[[Parameters], Iterator[tuple[str, str]]]


def text_of(catalogue: Catalogue, ident: str, given: Parameters) -> str:
    """The spec that the catalogue comes to; its ids are `ident`, or begin with it."""
    lines = [f"# {catalogue.says}"]
    lines += [f"# Source: {source}" for source in catalogue.sources]
    lines.append("claims:")
    for suffix, claim in catalogue.claims(given):
        lines.append(f"  - id: {json.dumps(ident + suffix)}")
        lines.append(f"    claim: {json.dumps(claim)}")
        lines.append(f"    reason: {json.dumps(catalogue.reason)}")
    return "\n".join(lines) + "\n"


def _each_namespace(given: Parameters) -> Iterator[tuple[str, str]]:
    """The namespaces of which a claim is made, each with what it adds to the claim's id."""
    if given.names:
        yield from ((f"/{name}", f"ns:{name}") for name in given.names)
    elif given.where:
        yield "", given.where
    elif given.but:
        yield "", f"ns({NAME_LABEL} notin ({', '.join(given.but)}))"
    else:
        yield "", "ns()"


def _default_deny(given: Parameters) -> Iterator[tuple[str, str]]:
    for suffix, namespace in _each_namespace(given):
        yield suffix, f"{namespace} is denied by default"


def _external_ingress(given: Parameters) -> Iterator[tuple[str, str]]:
    for suffix, namespace in _each_namespace(given):
        if given.to:
            yield suffix, f"external can reach only {', '.join(given.to)} within {namespace}"
        else:
            yield suffix, f"external cannot reach {namespace}"


METADATA = "169.254.169.254/32"


def _metadata_egress(given: Parameters) -> Iterator[tuple[str, str]]:
    blocks = [f"cidr({one})" for one in given.addresses or (METADATA,)]
    service = blocks[0] if len(blocks) == 1 else f"any({', '.join(blocks)})"
    if given.but_from:
        yield "", f"only {', '.join(given.but_from)} can reach {service}"
        return
    for suffix, namespace in _each_namespace(given):
        yield suffix, f"{namespace} cannot reach {service}"


DNS_PODS, DNS_PORTS = "pods(k8s-app=kube-dns) in ns:kube-system", "UDP/53, TCP/53"


def _dns_allowed(given: Parameters) -> Iterator[tuple[str, str]]:
    servers = given.to or (DNS_PODS,)
    to = servers[0] if len(servers) == 1 else f"any({', '.join(servers)})"
    for suffix, namespace in _each_namespace(given):
        yield suffix, f"{namespace} can reach {to} on {given.ports or DNS_PORTS}"


def _namespace_isolation(given: Parameters) -> Iterator[tuple[str, str]]:
    """Each namespace's way to the others: all of them together are every pair, both ways."""
    for name in given.names:
        others = [f"ns:{one}" for one in given.names if one != name]
        to = others[0] if len(others) == 1 else f"any({', '.join(others)})"
        yield f"/{name}", f"ns:{name} cannot reach {to}"


_DOCUMENTATION = "Kubernetes documentation, Network Policies"
_CHECKLIST = "Kubernetes documentation, Security Checklist, Network security"
_HARDENING = "NSA and CISA, Kubernetes Hardening Guide 1.2 (August 2022)"
_NAMESPACES = ("namespaces", "except-namespaces")

CATALOGUES = {
    one.name: one
    for one in (
        Catalogue(
            "default-deny",
            "What no rule allows is denied, in both directions, at every pod of a namespace.",
            "default deny: a pod that nobody thought of is closed",
            (
                f"{_DOCUMENTATION}, Default policies",
                f"{_CHECKLIST}: default policies in each namespace that deny everything",
                f"{_HARDENING}, Network policies",
            ),
            _NAMESPACES,
            (),
            _default_deny,
        ),
        Catalogue(
            "external-ingress",
            "Addresses outside the cluster reach the named pods, and no others.",
            "no way in from outside but through the pods that are meant for it",
            (
                "PCI DSS 4.0, 1.3.1: inbound traffic to the cardholder data environment is "
                "restricted to what is necessary",
                f"{_CHECKLIST}: ingress and egress policies for all workloads",
            ),
            ("to", *_NAMESPACES),
            ("to",),
            _external_ingress,
        ),
        Catalogue(
            "metadata-egress",
            "No pod reaches the metadata service of the cloud, which gives away credentials.",
            "credentials of the cloud are not to be had from a pod",
            (
                "MITRE ATT&CK T1552.005, Unsecured Credentials: Cloud Instance Metadata API",
                f"{_CHECKLIST}: access to the metadata API of the cloud is filtered",
                f"{_HARDENING}, Protecting sensitive cloud infrastructure",
            ),
            ("except", "addresses", *_NAMESPACES),
            (),
            _metadata_egress,
        ),
        Catalogue(
            "dns-allowed",
            "Every pod reaches the DNS of the cluster, which a default deny cuts off.",
            "names resolve: a default deny of egress has not closed DNS as well",
            (
                "Kubernetes documentation, Multi-tenancy, Network isolation: a rule lets all pods "
                "query DNS beside a default that denies",
            ),
            ("to", "ports", *_NAMESPACES),
            (),
            _dns_allowed,
        ),
        Catalogue(
            "namespace-isolation",
            "None of the namespaces reaches another one of them.",
            "tenants are kept apart by namespace",
            (
                "Kubernetes documentation, Multi-tenancy, Network isolation",
                "NIST SP 800-190, 4.3.3: separate network traffic by sensitivity",
            ),
            ("namespaces",),
            ("namespaces",),
            _namespace_isolation,
        ),
    )
}
"""Every catalogue by its name (docs/claims.md)."""
