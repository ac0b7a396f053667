"""`netproof connections`."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click

from netproof.commands.completion import PROTOCOLS, files, words
from netproof.commands.options import (
    assume_option,
    assumptions_of,
    deadline_option,
    load_options,
    output_option,
    outputs_of,
    paths_argument,
    reading_options,
    stdin_once,
)
from netproof.commands.printing import stream_outputs
from netproof.commands.queries import joined_specs, load_snapshot
from netproof.commands.watching import run_of
from netproof.connectivity.doubts import notes_on
from netproof.connectivity.left_out import own_node_note
from netproof.connectivity.mapping import Map, Query, map_of
from netproof.connectivity.units import By, Unit, outside_of
from netproof.explaining.ends import unknown_endpoint
from netproof.oracle.claims import member
from netproof.reports.connections.data import connections_json, connections_yaml
from netproof.reports.connections.dot import connections_dot
from netproof.reports.connections.lines import ConnectionsReport
from netproof.reports.connections.page import connections_html
from netproof.reports.connections.summary import (
    summary_json,
    summary_markdown,
    summary_text,
    summary_yaml,
)
from netproof.reports.connections.tables import connections_csv, connections_markdown
from netproof.reports.connections.text import connections_text
from netproof.verifying.undeclared import with_undeclared
from netproof_specs.claim_language.parsing import parse_endpoints, parse_ports
from netproof_specs.claims import EndpointSet, HostNamed, PodNamed
from netproof_specs.frozen import replace
from netproof_specs.loading import Decoding, Loaded
from netproof_specs.model.connections import pod_of
from netproof_specs.model.traffic import Family
from netproof_specs.problems import InputError, Problem

FORMATS = {
    "text": connections_text,
    "json": connections_json,
    "yaml": connections_yaml,
    "csv": connections_csv,
    "markdown": connections_markdown,
    "dot": connections_dot,
    "html": connections_html,
}


SUMMARIES = {
    "text": summary_text,
    "json": summary_json,
    "yaml": summary_yaml,
    "markdown": summary_markdown,
}


MOST_PODS = 1_000_000
"""The pods that a map by pod has room for."""


@click.command()
@paths_argument
@click.option("--from", "sources", metavar="ENDPOINTS", help="Only connections from these.")
@click.option("--to", "destinations", metavar="ENDPOINTS", help="Only connections to these.")
@click.option(
    "--on",
    "ports",
    metavar="PORTS",
    help="Only these ports, as in TCP/80,UDP/53.",
    shell_complete=words(PROTOCOLS),
)
@click.option(
    "--by",
    type=click.Choice([one.value for one in By]),
    default=By.WORKLOAD.value,
    show_default=True,
    help="What a line is about; groups are those of a spec file.",
)
@click.option(
    "--summary",
    is_flag=True,
    help="Few lines: equal rows grouped, ends by namespace and label. Text, markdown, json, yaml.",
)
@click.option(
    "--spec", "specs", multiple=True, metavar="FILE", help="A file of groups.", shell_complete=files
)
@output_option(list(FORMATS))
@assume_option
@deadline_option("then it ends without a map")
@reading_options
def command(  # noqa: PLR0913, PLR0917 (an option, an argument)
    paths: tuple[str, ...],
    sources: str | None,
    destinations: str | None,
    ports: str | None,
    by: str,
    summary: bool,
    specs: tuple[str, ...],
    output: tuple[str, ...],
    assume: tuple[str, ...],
    deadline: float | None,
    namespace: str,
    lenient: bool,
    without: tuple[str, ...],
    exclude: tuple[str, ...],
) -> int:
    """List every connection that the policies in PATH allow between the workloads in PATH.

    ENDPOINTS is written as in a claim: shop/web, ns:shop, "pods(app=web) in ns:shop",
    hosts(role=worker), cidr(10.0.0.0/8), external, or a group of --spec.
    """
    run = run_of(deadline)
    outputs = outputs_of(output, list(SUMMARIES if summary else FORMATS))
    stdin_once(paths, specs)
    spec = joined_specs(specs)
    groups = dict(spec.groups)
    if by == By.GROUP.value and not groups:
        raise click.UsageError("--by group needs --spec FILE with groups")
    query = Query(
        by=By(by),
        sources=_endpoints(sources, groups),
        destinations=_endpoints(destinations, groups),
        ports=parse_ports(ports) if ports is not None else (),
        groups=groups,
        assumptions=assumptions_of(assume),
    )
    decoding = Decoding.LENIENT if lenient else Decoding.STRICT
    asked = [one for one in (query.sources, query.destinations) if one is not None]
    asked += query.groups.values()
    reading = load_options(namespace, decoding, without, [*exclude, *spec.exclude])
    names = (*specs, *(one.name for one in spec.included))
    loaded = load_snapshot(paths, reading, names, asked, run.watch)
    pods = sum(one.replicas for one in loaded.cluster.workloads)
    if query.by is By.POD and pods > MOST_PODS:
        raise click.UsageError(f"--by pod has room for {MOST_PODS} pods, not {pods}; use another")
    named = (("--from", sources, query.sources), ("--to", destinations, query.destinations))
    _refuse_unknown(loaded, named)
    found = map_of(loaded.cluster, query, run.watch)
    notes = [*_empty_groups(found), *notes_on(found)]
    if found.has_outside:
        notes += own_node_note(loaded.cluster)
    for option, text, units, asked_for in (
        ("--from", sources, found.sources, query.sources),
        ("--to", destinations, found.destinations, query.destinations),
    ):
        if text is not None and asked_for is not None and _holds_nothing(found, units, asked_for):
            notes.append(_nothing(f"`{text}`, given with {option},", found))
    told = with_undeclared(loaded, loaded.cluster.every_policy, groups=asked)
    noted = replace(told, notes=(*told.notes, *notes))
    if sys.stdout.isatty() and any(one.file is None for one in outputs):
        # What is written there is itself a sign of life, and would mix with one.
        run.quiet()
    formats = SUMMARIES if summary else FORMATS
    stream_outputs(ConnectionsReport(noted, found), outputs, formats)
    return 0


Named = tuple[str, str | None, EndpointSet | None]
"""An option, its text and the endpoints that it stands for."""


def _refuse_unknown(loaded: Loaded, named: Iterable[Named]) -> None:
    """Raises InputError for a name of nothing, before the map is made: that may take minutes."""
    spaces = {one.name: one for one in loaded.cluster.namespaces}
    problems = []
    for option, text, endpoints in named:
        if text is None or not isinstance(endpoints, PodNamed | HostNamed):
            continue
        if isinstance(endpoints, HostNamed):
            if not any(member(one, endpoints) for one in loaded.cluster.hosts):
                why = f"no host endpoint `{endpoints.name}` for {option}"
                hint = "`hosts` stands for every host endpoint of the input"
                problems.append(Problem(None, why, hint, "unknown-endpoint"))
            continue
        among = (
            pod_of(one, spaces[one.namespace], 1)
            for one in loaded.cluster.workloads
            if one.namespace == endpoints.namespace
        )
        if not any(member(pod, endpoints, family) for pod in among for family in Family):
            problems.append(unknown_endpoint(loaded, text, option))
    if problems:
        raise InputError(tuple(problems))


def _holds_nothing(found: Map, units: tuple[Unit, ...], endpoints: EndpointSet) -> bool:
    """Whether the endpoints are none of the input, and no addresses outside the cluster."""
    return not any(map(_has_members, units)) and not outside_of(found.relation.points, endpoints)


def _empty_groups(found: Map) -> list[Problem]:
    unfiltered = found.query.sources is None and found.query.by is By.GROUP
    units = found.sources if unfiltered else ()
    return [_nothing(f"the group `{one.name}`", found) for one in units if not _has_members(one)]


def _has_members(unit: Unit) -> bool:
    return bool(unit.parts or unit.outside)


def _nothing(what: str, found: Map) -> Problem:
    one, all_ = "pod", "the pods"
    if found.relation.points.cluster.hosts:
        one, all_ = "pod or host endpoint", "the pods and host endpoints"
    message = f"{what} holds no {one} of the input and no address outside the cluster"
    return Problem(None, message, f"compare it with the names and labels of {all_}", "no-endpoint")


def _endpoints(text: str | None, groups: dict[str, EndpointSet]) -> EndpointSet | None:
    return None if text is None else parse_endpoints(text, groups).endpoints
