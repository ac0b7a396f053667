"""What Calico's objects say of each other: the tiers that exist, and configurations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netproof_specs.documents.located import Manifest
from netproof_specs.model.calico import (
    CalicoNetworkPolicy,
    CalicoObject,
    CalicoTier,
    GlobalNetworkPolicy,
)
from netproof_specs.model.cluster import Policy
from netproof_specs.model.felix import FelixConfiguration
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.problems import Problem
from netproof_specs.readers.calico_policies import WELL_KNOWN
from netproof_specs.readers.felix import OF_ALL, OF_NODE
from netproof_specs.readers.table import Item

_OLDER = ("adminnetworkpolicy", "baselineadminnetworkpolicy")
"""The names that older releases give to the built-in tiers (D.4)."""


def calico_problems(items: Sequence[tuple[Item, Manifest]]) -> Iterator[Problem]:
    """Every problem that shows only once all objects of the input are known (D.4, D.36)."""
    yield from _told_twice(items)
    given = {item.name for item, _ in items if isinstance(item, CalicoTier)}
    tiers = {*given, *_OLDER, *(name for name, _, _ in WELL_KNOWN)}
    for item, manifest in items:
        if isinstance(item, CalicoNetworkPolicy | GlobalNetworkPolicy):
            yield from _tier_problems(item.spec.tier, tiers, manifest)


def _told_twice(items: Sequence[tuple[Item, Manifest]]) -> Iterator[Problem]:
    """A configuration in the group of the API and in that of storage, which say different things.

    They are one object in two forms (D.41).
    """
    known: dict[str, FelixConfiguration] = {}
    for item, manifest in items:
        if isinstance(item, FelixConfiguration):
            first = known.setdefault(item.name, item)
            if _stated(first) != _stated(item):
                yield Problem(
                    manifest.locate_name(),
                    f"the FelixConfiguration `{item.name}` is there in two forms, which state "
                    "other failsafe ports",
                    "remove one of the two: Calico's API shows what it has in storage",
                    "duplicate-object",
                    "A.51",
                )


def _stated(one: FelixConfiguration) -> tuple[object, ...]:
    return tuple(
        None if ports is None else {(port.protocol, port.port, port.net) for port in ports}
        for ports in (one.inbound, one.outbound)
    )


def calico_notes(policies: Sequence[Policy], hosts: Sequence[HostEndpoint]) -> Iterator[Problem]:
    """What every decision on objects of Calico takes as given (D.42), and what is for no host."""
    yield from _of_no_host(policies, hosts)
    if hosts or any(isinstance(one, CalicoObject) for one in policies):
        yield Problem(
            None,
            "as the input has objects of Calico, its tiers decide, and pods cannot send UDP 4789 "
            "whatever policies say, unless calico-workload-tunnels=allowed is assumed",
            "Calico's agents are configured so by default; a verdict that turns without it says so",
            "calico-tunnels",
            "D.42",
        )


def _of_no_host(policies: Sequence[Policy], hosts: Sequence[HostEndpoint]) -> Iterator[Problem]:
    """A configuration of a node on which there is no host endpoint of the input (D.36)."""
    known = {OF_ALL, *(f"{OF_NODE}{one.node}" for one in hosts)}
    for one in policies if hosts else ():
        if isinstance(one, FelixConfiguration) and one.name not in known:
            yield Problem(
                one.where,
                f"no host endpoint of the input is on the node `{one.name.removeprefix(OF_NODE)}`, "
                "for which these failsafe ports are",
                f"the name is `{OF_NODE}` and what a HostEndpoint has as its `node`",
                "felix-node",
                "D.36",
            )


def _tier_problems(name: str | None, tiers: set[str], manifest: Manifest) -> Iterator[Problem]:
    if name is not None and name not in tiers:
        known = ", ".join(f"`{one}`" for one in sorted(tiers))
        yield Problem(
            manifest.locate(("spec", "tier")),
            f"spec.tier: there is no tier `{name}` in the input",
            f"give the Tier as well, or use one of {known}",
            "unknown-tier",
            "D.4",
        )
