"""Endpoints by what a user calls them: `shop/web`, `HostEndpoint/worker-1` or an address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from netaddr import AddrFormatError, IPAddress

from netproof.oracle.addresses import family_of
from netproof_specs.frozen import replace
from netproof_specs.loading import Loaded
from netproof_specs.model.cluster import Cluster, Workload
from netproof_specs.model.connections import Endpoint, ExternalEndpoint, PodEndpoint, pod_of
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Family
from netproof_specs.problems import InputError, Problem

_ADDRESS = re.compile(r"[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
_FORMS = "write `NAMESPACE/POD`, `NAMESPACE/KIND/NAME`, `HostEndpoint/NAME` or an address"
HOST = "HostEndpoint"
"""What stands before the name of a host endpoint; no namespace is called so."""


_TO_ITSELF = "what a host sends to itself passes none of its interfaces: name another node"


def ends_of(loaded: Loaded, source: str, destination: str) -> tuple[Endpoint, Endpoint]:
    """The two ends of a connection, one of which must be a pod or host endpoint of the cluster.

    A workload stands for its first pod; where both ends name one workload, the destination is
    its second pod, if it has one. Raises InputError where a name fits no pod or several kinds, and
    for two host endpoints of one node, or one and an address of its node.
    """
    problems: list[Problem] = []
    sources = _found(loaded, source, "--from", problems)
    destinations = _found(loaded, destination, "--to", problems)
    if problems:
        raise InputError(tuple(problems))
    first = sources[0]
    if isinstance(first, ExternalEndpoint) and isinstance(destinations[0], ExternalEndpoint):
        wrong = f"`{source}` and `{destination}` are both addresses outside the cluster"
        hint = "one of the two must be a pod or a host endpoint"
        raise InputError((Problem(None, wrong, hint, "no-pod"),))
    hosts = [one for one in (first, destinations[0]) if isinstance(one, HostEndpoint)]
    if len(hosts) > len({one.node for one in hosts}):
        wrong = f"`{source}` and `{destination}` are both on the node `{hosts[0].node}`"
        raise InputError((Problem(None, wrong, _TO_ITSELF, "one-node", "D.39"),))
    outside = {one.address for one in (first, destinations[0]) if isinstance(one, ExternalEndpoint)}
    for host in hosts:
        if not outside.isdisjoint(host.node_addresses):
            wrong = f"`{source}` and `{destination}` are both the node `{host.node}`"
            raise InputError((Problem(None, wrong, _TO_ITSELF, "one-node", "D.39"),))
    same_name = source == destination or sources == destinations
    others = [one for one in destinations if not same_name or one != first]
    return first, (others or destinations)[0]


def families_of(source: str, destination: str) -> tuple[Family, ...]:
    """The family of the addresses by which the ends are named; both where none is (A.27).

    Raises InputError for addresses of two families.
    """
    named = {family_of(text) for text in (source, destination) if _ADDRESS.fullmatch(text)}
    if len(named) > 1:
        wrong = f"`{source}` and `{destination}` are addresses of two families"
        hint = "no connection is between them: name both by addresses of one family"
        raise InputError((Problem(None, wrong, hint, "two-families", "A.27"),))
    return tuple(named or Family)


def _found(loaded: Loaded, text: str, option: str, problems: list[Problem]) -> list[Endpoint]:
    """The endpoints that the text may mean, in order; a problem where there are none."""
    cluster = loaded.cluster
    if _ADDRESS.fullmatch(text):
        return _by_address(cluster, text, option, problems)
    parts = text.split("/")
    if parts[0] == HOST and len(parts) == 2:
        return _host(cluster, parts[1], option, problems)
    if len(parts) not in (2, 3) or not all(parts):
        wrong = f"`{text}` names no endpoint for {option}"
        problems.append(Problem(None, wrong, _FORMS, "bad-endpoint"))
        return []
    fitting = _fitting(cluster, parts[0], parts[-1], parts[1] if len(parts) == 3 else None)
    if not fitting:
        problems.append(unknown_endpoint(loaded, text, option))
    elif len(kinds := {_title(one) for one in fitting}) > 1:
        titles = ", ".join(f"`{title}`" for title in sorted(kinds))
        wrong = f"`{text}` may mean {titles} for {option}"
        problems.append(Problem(None, wrong, "write the kind", "ambiguous-endpoint"))
    return [pod for one in fitting for pod in _pods(cluster, one)]


def _by_address(
    cluster: Cluster, text: str, option: str, problems: list[Problem]
) -> list[Endpoint]:
    try:
        address = str(IPAddress(text))
    except AddrFormatError:
        wrong = f"`{text}` is no address for {option}"
        problems.append(Problem(None, wrong, _FORMS, "bad-endpoint"))
        return []
    holders = [one for one in cluster.workloads if address in one.addresses]
    pods: list[Endpoint] = [pod for one in holders for pod in _pods(cluster, one)]
    expecting = [one for one in cluster.hosts if address in one.addresses]
    hosts = [replace(one, addresses=(address,)) for one in expecting]
    return pods or [*hosts] or [ExternalEndpoint(address)]


def _host(cluster: Cluster, name: str, option: str, problems: list[Problem]) -> list[Endpoint]:
    """The host endpoint of the name; a problem where there is none."""
    found: list[Endpoint] = [one for one in cluster.hosts if one.name == name]
    if not found:
        close = get_close_matches(name, [one.name for one in cluster.hosts], n=1)
        hint = f"did you mean `{HOST}/{close[0]}`?" if close else _FORMS
        wrong = f"no host endpoint `{name}` for {option}"
        problems.append(Problem(None, wrong, hint, "unknown-endpoint"))
    return found


def _fitting(cluster: Cluster, namespace: str, name: str, kind: str | None) -> list[Workload]:
    """The workloads of that name; those whose owner has it where none has it itself."""
    inside = [one for one in cluster.workloads if one.namespace == namespace]
    named = [one for one in inside if one.name == name and kind in (None, one.kind)]
    if kind is None and any(one.kind == "Pod" for one in named):
        return [one for one in named if one.kind == "Pod"]
    return named or [
        one
        for one in inside
        if one.owner is not None and one.owner[1] == name and kind in (None, one.owner[0])
    ]


def _title(one: Workload) -> str:
    kind, name = (one.kind, one.name) if one.owner is None else one.owner
    return f"{one.namespace}/{kind}/{name}"


def _pods(cluster: Cluster, workload: Workload) -> Iterator[PodEndpoint]:
    namespace = next(one for one in cluster.namespaces if one.name == workload.namespace)
    for replica in range(1, min(workload.replicas, 2) + 1):
        yield pod_of(workload, namespace, replica)


def unknown_endpoint(loaded: Loaded, text: str, option: str) -> Problem:
    """That the option names no pod or workload of the input, and what may be meant."""
    if any(text in _names(one) for one in loaded.dormant):
        wrong = f"`{text}`, given with {option}, runs no pod: it is completed or scaled to 0"
        return Problem(None, wrong, "name a workload that runs", "no-pod", "A.9")
    known = sorted({f"{one.namespace}/{one.name}" for one in loaded.cluster.workloads})
    close = get_close_matches(text, known, n=1)
    hint = f"did you mean `{close[0]}`?" if close else _FORMS
    return Problem(None, f"no pod or workload `{text}` for {option}", hint, "unknown-endpoint")


def _names(one: Workload) -> tuple[str, str]:
    return f"{one.namespace}/{one.name}", f"{one.namespace}/{one.kind}/{one.name}"
