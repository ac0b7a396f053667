"""A report of a comparison as plain data (docs/json.md, schemas/compare.schema.json)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from netproof.comparisons import (
    CompareReport,
    ObjectChange,
    Region,
    RegionAccount,
    RegionAddresses,
    RegionAnything,
    RegionEnd,
    RegionHosts,
    RegionPods,
)
from netproof.reports.compare.facts import comparison_notes
from netproof.reports.data import (
    FAMILIES,
    Data,
    assumptions_data,
    counts_data,
    difference_data,
    head_data,
    loaded_data,
)
from netproof.reports.regions import region_end_text, region_text
from netproof.reports.without import verdict_text
from netproof_specs.claim_language.printing import describe_endpoints
from netproof_specs.loading import Loaded
from netproof_specs.model.labels import LabelSelector


def compare_data(report: CompareReport) -> Data:
    """The whole report."""
    found = report.comparison
    return {
        **head_data("compare"),
        "what": "policies",
        "old": side_data(report.old),
        "new": side_data(report.new),
        "verdict": verdict_text(found.relation.value, report.old, report.new),
        "expectation": report.expectation,
        "met": report.met,
        "objects": objects_data(report.objects),
        "world": found.world.value,
        "assumptions": assumptions_data(found.assumptions, report.old, report.new),
        "notes": list(comparison_notes(report)),
        "counterexamples": [
            difference_data(one, report.old, report.new) for one in found.counterexamples
        ],
        "regions": [_region_data(one, report) for one in found.regions],
        **({"hostsOnly": True} if found.hosts_only else {}),
        "regionsComplete": found.regions_complete,
        "unknownBecause": found.unknown_because or None,
    }


def objects_data(objects: Sequence[ObjectChange]) -> list[Data]:
    """What differs between the sides besides policies."""
    return [
        {
            "change": one.fate.value,
            "kind": one.kind,
            "namespace": one.namespace or None,
            "name": one.name,
            "differing": list(one.differing),
        }
        for one in objects
    ]


def side_data(loaded: Loaded) -> Data:
    """What was read of one side."""
    return loaded_data(loaded) | {"summary": counts_data(loaded)}


def _region_data(region: Region, report: CompareReport) -> Data:
    return {
        "change": region.change.value,
        "text": region_text(region),
        "source": _end_data(region.source),
        "destination": _end_data(region.destination),
        "protocols": [one.value for one in region.protocols],
        "firstPort": region.first,
        "lastPort": region.last,
        **_source_ports_data(region.source_ports),
        "families": [FAMILIES[one] for one in region.families],
        "example": difference_data(region.example, report.old, report.new),
        "sourcePods": _names(region.source_pods),
        "destinationPods": _names(region.destination_pods),
    }


def _source_ports_data(ports: tuple[int, int] | None) -> Data:
    """The first and last source port, where not every one is meant (D.19)."""
    return {} if ports is None else {"firstSourcePort": ports[0], "lastSourcePort": ports[1]}


def _declares_data(named: Sequence[tuple[str, bool]]) -> list[Data]:
    return [{"name": name, "declared": declared} for name, declared in named]


def _declares_from(end: RegionPods) -> Data:
    """The names of source ports, where there are any (D.20)."""
    named = end.declares_from
    return {"declaresSourcePort": _declares_data(named)} if named else {}


def _names(pods: Sequence[str] | None) -> list[str] | None:
    return None if pods is None else list(pods)


def _end_data(end: RegionEnd) -> Data:
    text: Data = {"text": region_end_text(end)}
    match end:
        case RegionPods():
            return text | {
                "kind": "pods",
                "namespaces": _selector_data(end.namespaces),
                "pods": _selector_data(end.pods),
                "declares": _declares_data(end.declares),
                "named": [describe_endpoints(one) for one in end.named],
                "block": _maybe_block(end.block),
                "account": None if end.account is None else _account_data(end.account),
                **_declares_from(end),
            }
        case RegionHosts():
            return text | {
                "kind": "hosts",
                "names": list(end.names),
                "block": _maybe_block(end.block),
                **_stated(end),
            }
        case RegionAddresses():
            return text | {"kind": "external", **_block_data(end)}
        case RegionAnything():
            return text | {"kind": "anything"}
        case _:
            assert_never(end)


def _stated(end: RegionHosts) -> Data:
    """What host endpoints state, as far as something is asked of it."""
    asked: Data = {
        "ownLabels": None if end.own is None else _selector_data(end.own),
        "profileLists": None if end.lists is None else [list(one) for one in end.lists],
        "expectsAddress": end.expects,
        "onNodes": list(end.nodes) or None,
        "exceptNodes": list(end.elsewhere) or None,
        "givesPort": _declares_data(end.gives) or None,
        "givesSourcePort": _declares_data(end.gives_from) or None,
    }
    return {key: value for key, value in asked.items() if value is not None}


def _maybe_block(block: RegionAddresses | None) -> Data | None:
    return None if block is None else _block_data(block)


def _account_data(account: RegionAccount) -> Data:
    return {
        "names": list(account.names),
        "except": list(account.others),
        "labels": _selector_data(account.labels),
        "nameFitsLabel": account.fits,
    }


def _block_data(block: RegionAddresses) -> Data:
    return {"cidr": block.cidr, "except": list(block.excepts)}


def _selector_data(selector: LabelSelector) -> list[Data]:
    """The requirements in the form of a manifest's `matchExpressions`."""
    return [
        {"key": one.key, "operator": one.operator.value, "values": list(one.values)}
        for one in selector.requirements
    ]
