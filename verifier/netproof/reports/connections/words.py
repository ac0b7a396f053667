"""The words for the endpoints and ports of a map of connections."""

from __future__ import annotations

from collections.abc import Iterable

from netproof.connectivity.mapping import Cidrs
from netproof.connectivity.portsets import union_of
from netproof.connectivity.spans import between, blocks_of, family_of, hull_of, span_of
from netproof.connectivity.units import HOST, By, Unit
from netproof.decisions import ALL_PORTS, Allowed, AllowedPorts, Certainty, Ranges
from netproof.reports.words import counted, safe
from netproof_specs.model.traffic import Protocol

EVERY_ADDRESS = ("0.0.0.0/0", "::/0")
UNITS = {By.POD: "pod", By.WORKLOAD: "workload", By.GROUP: "group"}


def unit_name(unit: Unit) -> str:
    """`shop/web`, `shop/Deployment/web #2`, `HostEndpoint/worker-1`, or the name of a group."""
    if unit.kind == "Group":
        return safe(unit.name)
    if unit.kind == HOST:
        return safe(f"{HOST}/{unit.name}")
    kind = "" if unit.kind == "Pod" else f"{unit.kind}/"
    number = f" #{unit.replica}" if unit.replica else ""
    return safe(f"{unit.namespace}/{kind}{unit.name}{number}")


def units_text(units: Iterable[Unit], by: By) -> str:
    """`5 workloads`, or `5 workloads, 2 host endpoints`."""
    kinds = [kind for _, _, kind, _ in {one.identity for one in units}]
    hosts = kinds.count(HOST)
    pods = [counted(len(kinds) - hosts, UNITS[by])] if len(kinds) > hosts or not hosts else []
    return ", ".join([*pods, *([counted(hosts, "host endpoint")] if hosts else [])])


def every_text(units: Iterable[Unit], by: By) -> str:
    """`every workload`, or `every workload and host endpoint`."""
    kinds = {one.kind == HOST for one in units}
    words = [] if kinds == {True} else [UNITS[by]]
    words += ["host endpoint"] if True in kinds else []
    return f"every {' and '.join(words)}"


def blocks_name(cidrs: Cidrs) -> str:
    """The blocks, those of a family as one without exceptions where that is shorter.

    `external` stands for every address.
    """
    if cidrs == EVERY_ADDRESS:
        return "external"
    families = ([one for one in cidrs if (":" in one) is six] for six in (False, True))
    return ", ".join(_shortest(blocks) for blocks in families if blocks)


def _shortest(cidrs: list[str]) -> str:
    """`10.0.0.0/8 except 10.1.0.0/16` rather than the eight blocks that this leaves."""
    if len(cidrs) > 2:
        family, spans = family_of(cidrs[0]), [span_of(one) for one in cidrs]
        hull = hull_of(spans)
        missing = [one for gap in between(hull, spans) for one in blocks_of(family, gap)]
        if len(missing) + 1 < len(cidrs):
            (block,) = blocks_of(family, hull)
            return f"{block} except {' and '.join(missing)}"
    return ", ".join(cidrs)


def allowed_text(allowed: AllowedPorts) -> str:
    """`all`, or `TCP 80, 8000-8080; UDP all from source port 53; perhaps TCP 443`.

    Where of every protocol something is allowed perhaps and nothing denied for sure, it ends with
    `perhaps all`, or `perhaps all else`.
    """
    if is_all(allowed):
        return "all"
    surely = [one for one in allowed if one.certainty is Certainty.SURELY]
    perhaps = [one for one in allowed if one.certainty is Certainty.PERHAPS]
    rest = [f"{PERHAPS}all{' else' if surely else ''}"]
    if len(perhaps) < len(Protocol) or not _is_never_denied(allowed):
        rest = [f"{PERHAPS}{_part_text(one)}" for one in perhaps]
    return "; ".join([*map(_part_text, surely), *rest])


def _part_text(one: Allowed) -> str:
    return f"{one.protocol.value} {ranges_text(one.ports)}{sources_text(one.sources)}"


def _is_never_denied(allowed: AllowedPorts) -> bool:
    """Whether every port of every protocol is allowed from every source port, if only perhaps."""
    return all(one.sources == ALL_PORTS for one in allowed) and all(
        union_of(each for one in allowed if one.protocol is protocol for each in one.ports)
        == ALL_PORTS
        for protocol in Protocol
    )


PERHAPS = f"{Certainty.PERHAPS.value} "
"""Goes before ports that are allowed only in some of the cases left open (C.4, D.37)."""


def perhaps_text(one: Allowed) -> str:
    """`perhaps `, or nothing of what is allowed for sure."""
    return PERHAPS if one.certainty is Certainty.PERHAPS else ""


def is_all(allowed: AllowedPorts) -> bool:
    """Whether that is every port of every protocol, for sure."""
    return allowed == tuple(Allowed(protocol, ALL_PORTS) for protocol in Protocol)


def sources_text(sources: Ranges) -> str:
    """` from source port 53`, ` from source ports 1-1023`; nothing for every one (D.19)."""
    if sources == ALL_PORTS:
        return ""
    one = len(sources) == 1 and sources[0][0] == sources[0][1]
    return f" from source port{'' if one else 's'} {ranges_text(sources)}"


def ranges_text(ranges: Ranges) -> str:
    """`80, 8000-8080`, or `all`."""
    if ranges == ALL_PORTS:
        return "all"
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges)
