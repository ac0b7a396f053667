"""Regions of a difference in the words of the claim language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from netproof.comparisons import (
    Region,
    RegionAccount,
    RegionAddresses,
    RegionAnything,
    RegionEnd,
    RegionHosts,
    RegionPods,
)
from netproof.reports.data import FAMILIES
from netproof.reports.words import safe
from netproof_specs.claim_language.printing import describe_endpoints, selector_text
from netproof_specs.claims import HostsWhere, PodsWhere
from netproof_specs.model.labels import NAME_LABEL, LabelSelector, Operator
from netproof_specs.model.traffic import Protocol


def region_text(region: Region) -> str:
    """`pods(app=web) in ns:shop  ->  external  TCP/443, UDP/443`."""
    family = f" over {FAMILIES[region.families[0]]}" if len(region.families) == 1 else ""
    return (
        f"{region_end_text(region.source)}  ->  {region_end_text(region.destination)}"
        f"  {region_ports_text(region)}{family}"
    )


def region_row(region: Region) -> list[str]:
    """The change, both ends and the ports, as tables have them."""
    ends = region_end_text(region.source), region_end_text(region.destination)
    return [region.change.value, *ends, region_ports_text(region)]


def region_ports_text(region: Region) -> str:
    """`TCP/80`, `UDP/53-54`, `SCTP`, or `any port` for all ports of all protocols.

    After it ` from source port 53`, where not every one is meant (D.19).
    """
    return _destination_ports_text(region) + _source_ports_text(region.source_ports)


def _source_ports_text(ports: tuple[int, int] | None) -> str:
    if ports is None:
        return ""
    first, last = ports
    return f" from source port{f' {first}' if first == last else f's {first}-{last}'}"


def _destination_ports_text(region: Region) -> str:
    every_port = (region.first, region.last) == (1, 65535)
    if every_port and set(region.protocols) == set(Protocol):
        return "any port"
    first, last = region.first, region.last
    ports = "" if every_port else f"/{first}" if first == last else f"/{first}-{last}"
    return ", ".join(f"{one.value}{ports}" for one in region.protocols)


def region_end_text(end: RegionEnd) -> str:
    """One end as an inline form, with what no form can say after it."""
    match end:
        case RegionPods():
            return safe(_pods_text(end))
        case RegionHosts():
            return safe(_hosts_text(end))
        case RegionAddresses(cidr):
            return f"external{' in' if cidr else ''}{_block_text(end)}"
        case RegionAnything():
            return "anything"
        case _:
            assert_never(end)


def _block_text(block: RegionAddresses) -> str:
    excepts = f" except {', '.join(block.excepts)}" if block.excepts else ""
    return f"{'' if block.cidr is None else f' cidr({block.cidr})'}{excepts}"


def _address_text(block: RegionAddresses | None) -> str:
    if block is None:
        return ""
    return f" with a known address{' in' if block.cidr else ''}{_block_text(block)}"


MANY_HOSTS = 8
"""So many names stand in one line."""


def _hosts_text(end: RegionHosts) -> str:
    """`hosts(role=worker)`, as a claim has it, or the names where no labels tell them.

    After it what no claim can say.
    """
    parts = [_hosts_named(end)]
    if end.lists is not None:
        parts.append(f" {' or '.join(map(_profiles_text, end.lists))}")
    if end.expects is not None:
        parts.append(f" {'with' if end.expects else 'without'} an expected address")
    if end.nodes:
        parts.append(f" on node {' or '.join(end.nodes)}")
    if end.elsewhere:
        parts.append(f" on another node than {', '.join(end.elsewhere)}")
    parts.append(_address_text(end.block))
    for named, port in ((end.gives, "port"), (end.gives_from, "source port")):
        for name, given in named:
            parts.append(f" {'giving' if given else 'not giving'} the {port} the name `{name}`")
    return "".join(parts)


def _hosts_named(end: RegionHosts) -> str:
    if end.labels is not None or not end.names:
        return describe_endpoints(HostsWhere(end.own or end.labels))
    more = len(end.names) - MANY_HOSTS
    names = ", ".join(f"HostEndpoint/{name}" for name in end.names[:MANY_HOSTS])
    asked = "" if end.own is None else f" with labels ({selector_text(end.own)})"
    return names + (f" and {more} more" if more > 0 else "") + asked


def _profiles_text(listed: Sequence[str]) -> str:
    """`with the profile p`, of host endpoints that list no other."""
    match listed:
        case ():
            return "with no profile"
        case (name,):
            return f"with the profile {name}"
        case _:
            return f"with the profiles {', '.join(listed)}"


def _account_text(account: RegionAccount) -> str:
    """`as serviceaccount:web`, as a claim has it, with what no claim can say after it."""
    parts = []
    if account.names:
        parts.append(f" as serviceaccount:{' or '.join(account.names)}")
    if account.others:
        parts.append(f" as no serviceaccount:{' or '.join(account.others)}")
    asked = selector_text(account.labels)
    parts += [f" with the account's labels ({asked})"] if asked else []
    if account.fits is not None:
        short = "fits" if account.fits else "does not fit"
        parts.append(f" with an account whose name {short} into a label")
    return "".join(parts)


def _pods_text(end: RegionPods) -> str:
    text = describe_endpoints(_where(end))
    if end.named:
        text += f" among {', '.join(describe_endpoints(one) for one in end.named)}"
    text += "" if end.account is None else _account_text(end.account)
    text += _address_text(end.block)
    for name, declared in end.declares:
        verb = "declaring" if declared else "not declaring"
        text += f" {verb} the port as `{name}`"
    for name, declared in end.declares_from:
        verb = "declaring" if declared else "not declaring"
        text += f" {verb} the source port as `{name}`"
    return text


def _where(end: RegionPods) -> PodsWhere:
    """The ends as a claim would write them: a namespace by its name where only that is asked."""
    pods = end.pods if end.pods.requirements else None
    name = _only_name(end.namespaces)
    if name is not None:
        return PodsWhere(namespace=name, pods=pods)
    return PodsWhere(namespaces=end.namespaces if end.namespaces.requirements else None, pods=pods)


def _only_name(namespaces: LabelSelector) -> str | None:
    match namespaces.requirements:
        case (one,) if one.key == NAME_LABEL and one.operator is Operator.IN:
            return one.values[0] if len(one.values) == 1 else None
        case _:
            return None
