"""Whether it holds: verdicts on claims about Kubernetes network policies.

The public interface of the library (docs/library.md). Names are imported when they are first
used, so that `import netproof` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netproof.api import claims, compare, to_data, to_json
    from netproof.comparison.connectivity import (
        ConnectivityOptions,
        ConnectivityReport,
        compare_connectivity,
    )
    from netproof.comparison.policies import CompareOptions
    from netproof.comparisons import (
        Change,
        CompareReport,
        Comparison,
        Difference,
        Region,
        RegionAccount,
        RegionAddresses,
        RegionAnything,
        RegionHosts,
        RegionPods,
        Relation,
    )
    from netproof.decisions import Decision, Exemption, SideDecision, Step
    from netproof.pipeline import verify
    from netproof.replay import DisagreementError
    from netproof.schemas import schema
    from netproof.solving import Limits
    from netproof.verdicts import (
        Alike,
        Evidence,
        Outcome,
        Proof,
        Proved,
        Refuted,
        Robustness,
        Turn,
        Unknown,
        Vacuous,
        Verdict,
    )
    from netproof.verified import Report, VerifyOptions
    from netproof.workspace.state import Update, Workspace
    from netproof_specs.assumptions import DEFAULTS, Assumption, Assumptions
    from netproof_specs.claims import Statement
    from netproof_specs.loading import (
        Decoding,
        Duplicates,
        LeftOut,
        Loaded,
        LoadOptions,
        Source,
        load,
        load_texts,
        resolve,
    )
    from netproof_specs.locations import Location
    from netproof_specs.model.cluster import Cluster, Namespace, Policy, Workload
    from netproof_specs.model.connections import Connection, ExternalEndpoint, PodEndpoint
    from netproof_specs.model.traffic import Direction, Protocol
    from netproof_specs.problems import InputError, Problem
    from netproof_specs.spec_files.reading import Spec, read_spec, statements_of
    from netproof_specs.worlds import World

__all__ = [
    "DEFAULTS",
    "Alike",
    "Assumption",
    "Assumptions",
    "Change",
    "Cluster",
    "CompareOptions",
    "CompareReport",
    "Comparison",
    "Connection",
    "ConnectivityOptions",
    "ConnectivityReport",
    "Decision",
    "Decoding",
    "Difference",
    "Direction",
    "DisagreementError",
    "Duplicates",
    "Evidence",
    "Exemption",
    "ExternalEndpoint",
    "InputError",
    "LeftOut",
    "Limits",
    "LoadOptions",
    "Loaded",
    "Location",
    "Namespace",
    "Outcome",
    "PodEndpoint",
    "Policy",
    "Problem",
    "Proof",
    "Protocol",
    "Proved",
    "Refuted",
    "Region",
    "RegionAccount",
    "RegionAddresses",
    "RegionAnything",
    "RegionHosts",
    "RegionPods",
    "Relation",
    "Report",
    "Robustness",
    "SideDecision",
    "Source",
    "Spec",
    "Statement",
    "Step",
    "Turn",
    "Unknown",
    "Update",
    "Vacuous",
    "Verdict",
    "VerifyOptions",
    "Workload",
    "Workspace",
    "World",
    "claims",
    "compare",
    "compare_connectivity",
    "load",
    "load_texts",
    "read_spec",
    "resolve",
    "schema",
    "statements_of",
    "to_data",
    "to_json",
    "verify",
]

_HOMES = {
    "netproof.api": "claims compare to_data to_json",
    "netproof.comparison.policies": "CompareOptions",
    "netproof.comparisons": (
        "Change CompareReport Comparison Difference Region RegionAccount RegionAddresses "
        "RegionAnything RegionHosts RegionPods Relation"
    ),
    "netproof.comparison.connectivity": (
        "ConnectivityOptions ConnectivityReport compare_connectivity"
    ),
    "netproof.decisions": "Decision Exemption SideDecision Step",
    "netproof.pipeline": "verify",
    "netproof.replay": "DisagreementError",
    "netproof.schemas": "schema",
    "netproof.solving": "Limits",
    "netproof.verdicts": (
        "Alike Evidence Outcome Proof Proved Refuted Robustness Turn Unknown Vacuous Verdict"
    ),
    "netproof.verified": "Report VerifyOptions",
    "netproof.workspace.state": "Update Workspace",
    "netproof_specs.assumptions": "DEFAULTS Assumption Assumptions",
    "netproof_specs.claims": "Statement",
    "netproof_specs.loading": (
        "Decoding Duplicates LeftOut LoadOptions Loaded Source load load_texts resolve"
    ),
    "netproof_specs.locations": "Location",
    "netproof_specs.model.cluster": "Cluster Namespace Policy Workload",
    "netproof_specs.model.connections": "Connection ExternalEndpoint PodEndpoint",
    "netproof_specs.model.traffic": "Direction Protocol",
    "netproof_specs.problems": "InputError Problem",
    "netproof_specs.spec_files.reading": "Spec read_spec statements_of",
    "netproof_specs.worlds": "World",
}
"""The public names by the module that defines them; a test compares them with the imports."""

if not TYPE_CHECKING:  # a type checker that saw this would accept any name

    def __getattr__(name: str) -> object:
        home = next((one for one, names in _HOMES.items() if name in names.split()), None)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(home), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
