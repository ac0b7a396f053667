"""Whether it holds: verdicts on claims about Kubernetes network policies.

The public interface of the library (docs/library.md). Names are imported when they are first
used, so that `import netproof` costs nothing; `as` tells type checkers that one is public.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netproof.api import claims as claims
    from netproof.api import compare as compare
    from netproof.api import to_data as to_data
    from netproof.api import to_json as to_json
    from netproof.comparison.connectivity import ConnectivityOptions as ConnectivityOptions
    from netproof.comparison.connectivity import ConnectivityReport as ConnectivityReport
    from netproof.comparison.connectivity import compare_connectivity as compare_connectivity
    from netproof.comparison.policies import CompareOptions as CompareOptions
    from netproof.comparisons import Change as Change
    from netproof.comparisons import CompareReport as CompareReport
    from netproof.comparisons import Comparison as Comparison
    from netproof.comparisons import Difference as Difference
    from netproof.comparisons import Region as Region
    from netproof.comparisons import RegionAccount as RegionAccount
    from netproof.comparisons import RegionAddresses as RegionAddresses
    from netproof.comparisons import RegionAnything as RegionAnything
    from netproof.comparisons import RegionHosts as RegionHosts
    from netproof.comparisons import RegionPods as RegionPods
    from netproof.comparisons import Relation as Relation
    from netproof.decisions import Decision as Decision
    from netproof.decisions import Exemption as Exemption
    from netproof.decisions import SideDecision as SideDecision
    from netproof.decisions import Step as Step
    from netproof.pipeline import verify as verify
    from netproof.replay import DisagreementError as DisagreementError
    from netproof.schemas import schema as schema
    from netproof.solving import Limits as Limits
    from netproof.verdicts import Alike as Alike
    from netproof.verdicts import Evidence as Evidence
    from netproof.verdicts import Outcome as Outcome
    from netproof.verdicts import Proof as Proof
    from netproof.verdicts import Proved as Proved
    from netproof.verdicts import Refuted as Refuted
    from netproof.verdicts import Robustness as Robustness
    from netproof.verdicts import Turn as Turn
    from netproof.verdicts import Unknown as Unknown
    from netproof.verdicts import Vacuous as Vacuous
    from netproof.verdicts import Verdict as Verdict
    from netproof.verified import Report as Report
    from netproof.verified import VerifyOptions as VerifyOptions
    from netproof.workspace.state import Update as Update
    from netproof.workspace.state import Workspace as Workspace
    from netproof_specs.assumptions import DEFAULTS as DEFAULTS
    from netproof_specs.assumptions import Assumption as Assumption
    from netproof_specs.assumptions import Assumptions as Assumptions
    from netproof_specs.claims import Statement as Statement
    from netproof_specs.loading import Decoding as Decoding
    from netproof_specs.loading import Duplicates as Duplicates
    from netproof_specs.loading import LeftOut as LeftOut
    from netproof_specs.loading import Loaded as Loaded
    from netproof_specs.loading import LoadOptions as LoadOptions
    from netproof_specs.loading import Source as Source
    from netproof_specs.loading import load as load
    from netproof_specs.loading import load_texts as load_texts
    from netproof_specs.loading import resolve as resolve
    from netproof_specs.locations import Location as Location
    from netproof_specs.model.cluster import Cluster as Cluster
    from netproof_specs.model.cluster import Namespace as Namespace
    from netproof_specs.model.cluster import Policy as Policy
    from netproof_specs.model.cluster import Workload as Workload
    from netproof_specs.model.connections import Connection as Connection
    from netproof_specs.model.connections import ExternalEndpoint as ExternalEndpoint
    from netproof_specs.model.connections import PodEndpoint as PodEndpoint
    from netproof_specs.model.hosts import HostEndpoint as HostEndpoint
    from netproof_specs.model.traffic import Direction as Direction
    from netproof_specs.model.traffic import Protocol as Protocol
    from netproof_specs.problems import InputError as InputError
    from netproof_specs.problems import Problem as Problem
    from netproof_specs.spec_files.reading import Spec as Spec
    from netproof_specs.spec_files.reading import read_spec as read_spec
    from netproof_specs.spec_files.reading import statements_of as statements_of
    from netproof_specs.worlds import World as World

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
    "netproof_specs.model.hosts": "HostEndpoint",
    "netproof_specs.model.traffic": "Direction Protocol",
    "netproof_specs.problems": "InputError Problem",
    "netproof_specs.spec_files.reading": "Spec read_spec statements_of",
    "netproof_specs.worlds": "World",
}
"""The public names by the module that defines them; a test compares them with the imports."""

if not TYPE_CHECKING:  # a type checker that saw this would accept any name
    __all__ = [name for names in _HOMES.values() for name in names.split()]

    def __getattr__(name: str) -> object:
        home = next((one for one, names in _HOMES.items() if name in names.split()), None)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(home), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted(__all__)
