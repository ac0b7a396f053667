"""What the library offers beyond the pipeline: claims from text, comparisons, JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from netproof.comparison.connectivity import ConnectivityReport
from netproof.comparison.objects import object_changes
from netproof.comparison.policies import CompareOptions
from netproof.comparison.policies import compare as compare_policies
from netproof.comparison.versions import over_one_cluster, shared_cluster, with_host_note
from netproof.comparisons import EXPECTATIONS, CompareReport
from netproof.reports.compare.data import compare_data
from netproof.reports.connectivity.data import connectivity_data
from netproof.reports.data import Data
from netproof.reports.serial import json_text
from netproof.reports.verify.data import verify_data
from netproof.verified import Report
from netproof.verifying.undeclared import with_undeclared
from netproof_specs.claim_language.parsing import parse_endpoints
from netproof_specs.claims import EndpointSet, Statement
from netproof_specs.loading import Loaded
from netproof_specs.spec_files.reading import Spec, statements_of
from netproof_specs.steps import Watch, unwatched
from netproof_specs.worlds import World


def claims(
    texts: Sequence[str], groups: Mapping[str, str | EndpointSet] | None = None
) -> tuple[Statement, ...]:
    """The claims that the texts state, called `claim-1` and so on.

    `groups` gives names that the texts may use, each for an inline form such as
    `pods(app=web) in ns:shop`, which may use the names before it. Raises InputError with every
    mistake in a claim, or with those of the first group that is wrong.
    """
    named: dict[str, EndpointSet] = {}
    for name, group in (groups or {}).items():
        named[name] = parse_endpoints(group, named).endpoints if isinstance(group, str) else group
    return statements_of([Spec(groups=tuple(named.items()))], texts)


def compare(
    old: Loaded,
    new: Loaded,
    options: CompareOptions | None = None,
    expectation: str = "equivalent",
    watch: Watch = unwatched,
) -> CompareReport:
    """How the policies of NEW stand to those of OLD, over the pods and namespaces of both.

    `expectation` is a key of EXPECTATIONS. Raises InputError where the two state a namespace or
    a workload differently and the world depends on it, ValueError for other expectations, and
    DisagreementError where our own parts contradict each other.
    """
    if expectation not in EXPECTATIONS:
        raise ValueError(f"`{expectation}` is none of {', '.join(EXPECTATIONS)}")
    options = options or CompareOptions()
    cluster = shared_cluster(old, new, options.world)
    old, new = (over_one_cluster(one, cluster) for one in (old, new))
    found = compare_policies(old.cluster.policies, new.cluster.policies, cluster, options, watch)
    met = found.relation in EXPECTATIONS[expectation]
    changes = object_changes(old, new)
    if found.world is not World.ANY_CLUSTER:
        new = with_host_note(old, new)
    own = any(one.in_input is not None for one in found.counterexamples)
    if own or found.world is World.SNAPSHOT:
        sides = old.cluster.every_policy, new.cluster.every_policy
        old, new = (with_undeclared(one, *sides, shared=cluster) for one in (old, new))
    return CompareReport(old, new, found, expectation, met, changes)


AnyReport = Report | CompareReport | ConnectivityReport


def to_data(report: AnyReport) -> Data:
    """The report as plain data, which the schema of its command describes (docs/json.md)."""
    match report:
        case Report():
            return verify_data(report)
        case CompareReport():
            return compare_data(report)
        case ConnectivityReport():
            return connectivity_data(report)
        case _:
            assert_never(report)


def to_json(report: AnyReport) -> str:
    """The report as the text that `--output json` writes."""
    return json_text(to_data(report))
