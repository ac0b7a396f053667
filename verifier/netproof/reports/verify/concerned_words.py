"""Whom a counterexample concerns, and the command that traces it, in words."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import assert_never

from netproof.decisions import InInput
from netproof.reports.connections.words import allowed_text, blocks_name
from netproof.reports.words import counted, endpoint_name, safe
from netproof.verdicts import Cidrs, Concerned, Evidence, Pair, Title, Verdict
from netproof_specs.assumptions import DEFAULTS, READINGS, value_of
from netproof_specs.decoding import Decoding
from netproof_specs.loading import Loaded, LoadOptions
from netproof_specs.model.connections import (
    Connection,
    Endpoint,
    ExternalEndpoint,
    PodEndpoint,
)
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.worlds import World


def of_the_input(verdict: Verdict) -> Evidence | None:
    """The counterexample or witness, if it is a connection of the input."""
    found = verdict.counterexample or verdict.witness
    if found is None or (
        verdict.world is not World.SNAPSHOT and found.in_input is not InInput.SHOWN
    ):
        return None
    return found


def concerned_lines(found: Concerned | None) -> Iterator[str]:
    """How many workloads and host endpoints there are at either end, then each pair asked for."""
    if found is None:
        yield "not counted in so large an input; --all counts and lists them"
        return
    sources = _ends(found.sources, found.from_outside)
    destinations = _ends(found.destinations, found.to_outside)
    listed = "" if found.pairs else "; --all lists them"
    yield f"from {sources} to {destinations}{listed}"
    yield from map(pair_text, found.pairs)
    if found.more:
        yield f"and {found.more} more"


def _ends(titles: frozenset[Title], outside: bool) -> str:
    hosts = sum(map(is_host, titles))
    parts = [(len(titles) - hosts, "workload"), (hosts, "host endpoint")]
    words = [counted(number, word) for number, word in parts if number]
    if outside or not words:
        words.append("addresses outside")
    return " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def pair_text(pair: Pair) -> str:
    """`shop/Deployment/web  ->  shop/db  TCP 5432`."""
    source, destination = _end_text(pair.source), _end_text(pair.destination)
    return f"{source}  ->  {destination}  {allowed_text(pair.ports)}"


def is_title(end: Title | Cidrs) -> bool:
    """Whether the end is a workload; no namespace is written as a block is."""
    return "/" not in end[0]


def is_host(title: Title | Cidrs) -> bool:
    """Whether it is that of a host endpoint, which is in no namespace."""
    return not title[0]


def _end_text(end: Title | Cidrs) -> str:
    if not is_title(end):
        return blocks_name(end)
    if is_host(end):
        return safe(f"{end[1]}/{end[2]}")
    namespace, kind, name = end
    return safe(f"{namespace}/{name}" if kind == "Pod" else f"{namespace}/{kind}/{name}")


def explain_command(verdict: Verdict, loaded: Loaded) -> str:
    """The command that traces the connection that decides the claim, ready for a shell.

    Empty where there is none, and where the input has no paths.
    """
    evidence = of_the_input(verdict)
    if evidence is None or not loaded.paths:
        return ""
    words = ["netproof", "explain", *loaded.paths, *_ends_options(evidence.connection)]
    for one in READINGS:
        if (one in verdict.assumptions) is not (one in DEFAULTS):
            words += ["--assume", f"{one.value}={value_of(one, verdict.assumptions)}"]
    if loaded.options.namespace != LoadOptions().namespace:
        words += ["--namespace", loaded.options.namespace]
    if loaded.options.decoding is Decoding.LENIENT:
        words.append("--lenient")
    for kind in loaded.options.without:
        words += ["--without", str(kind)]
    return safe(shlex.join(words))


def _ends_options(connection: Connection) -> list[str]:
    on = f"{connection.protocol.value}/{connection.port}"
    source, destination = _name(connection.source), _name(connection.destination)
    port = connection.source_port
    given = [] if port is None else ["--source-port", str(port)]
    return ["--from", source, "--to", destination, "--on", on, *given]


def _name(end: Endpoint) -> str:
    match end:
        case ExternalEndpoint(address):
            return address
        case HostEndpoint():
            return endpoint_name(end)
        case PodEndpoint():
            kind = "" if end.kind == "Pod" else f"{end.kind}/"
            return f"{end.namespace.name}/{kind}{end.name}"
        case _:
            assert_never(end)
