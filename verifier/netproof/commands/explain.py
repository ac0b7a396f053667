"""`netproof explain`."""

from __future__ import annotations

import click

from netproof.commands.completion import PROTOCOLS, words
from netproof.commands.options import (
    assume_option,
    assumptions_of,
    deadline_option,
    load_options,
    output_option,
    outputs_of,
    paths_argument,
    reading_options,
)
from netproof.commands.printing import print_outputs
from netproof.commands.queries import load_snapshot
from netproof.commands.watching import run_of
from netproof.explaining.ends import ends_of, families_of
from netproof.explaining.tracing import explain
from netproof.reports.explain.data import explain_data
from netproof.reports.explain.text import ExplainReport, explain_text
from netproof.reports.serial import data_formats
from netproof.verifying.undeclared import undeclared_at
from netproof_specs.claim_language.parsing import parse_ports
from netproof_specs.frozen import replace
from netproof_specs.loading import Decoding
from netproof_specs.model.traffic import Protocol
from netproof_specs.steps import Step

FORMATS = {"text": explain_text, **data_formats(explain_data)}


@click.command()
@paths_argument
@click.option("--from", "source", required=True, metavar="ENDPOINT", help="Who connects.")
@click.option("--to", "destination", required=True, metavar="ENDPOINT", help="To whom.")
@click.option(
    "--on",
    "port",
    required=True,
    metavar="PORT",
    help="One port, as in TCP/80.",
    shell_complete=words(PROTOCOLS),
)
@click.option(
    "--source-port",
    type=click.IntRange(1, 65535),
    metavar="PORT",
    help="The port that it comes from; only rules of Calico can ask for it.",
)
@output_option(list(FORMATS))
@assume_option
@deadline_option("then it ends without an answer")
@reading_options
def command(  # noqa: PLR0913, PLR0917 (an option, an argument)
    paths: tuple[str, ...],
    source: str,
    destination: str,
    port: str,
    source_port: int | None,
    output: tuple[str, ...],
    assume: tuple[str, ...],
    deadline: float | None,
    namespace: str,
    lenient: bool,
    without: tuple[str, ...],
    exclude: tuple[str, ...],
) -> int:
    """Trace why one connection is allowed or denied by the policies in PATH.

    ENDPOINT is NAMESPACE/POD, NAMESPACE/KIND/NAME (its first pod), HostEndpoint/NAME or an address.
    """
    run = run_of(deadline)
    outputs = outputs_of(output, list(FORMATS))
    assumptions = assumptions_of(assume)
    on = _port(port)
    decoding = Decoding.LENIENT if lenient else Decoding.STRICT
    reading = load_options(namespace, decoding, without, exclude)
    loaded = load_snapshot(paths, reading, watch=run.watch)
    ends = ends_of(loaded, source, destination)
    run.watch(Step("explaining"))
    over = families_of(source, destination)
    found = explain(loaded.cluster, ends, on, assumptions, source_port, over)
    run.quiet()
    notes = undeclared_at(loaded, ends)
    told = replace(loaded, notes=(*loaded.notes, *notes))
    print_outputs(ExplainReport(told, found), outputs, FORMATS)
    return 0


def _port(text: str) -> tuple[Protocol, int]:
    ports = parse_ports(text)
    if len(ports) != 1 or ports[0].first != ports[0].last:
        raise click.BadParameter(
            f"`{text}` is more than one port; write one, as in TCP/80", param_hint="--on"
        )
    return ports[0].protocol, ports[0].first
