"""What it costs to explain one connection, beside reading the input.

    python -m benchmarks.explain [--sizes 10/1000/100,...] [--runs 5] [--results FOLDER]

A size is namespaces/pods/policies. Each run is a process of its own that reads the cluster, traces
one connection between pods of two namespaces and writes the text; the whole command is measured
after it. Times are of the processor, and the ratio is (tracing and writing) / reading.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.clusters import Size, cluster
from benchmarks.measuring import Figures, environ, exponent, medians, parser, save, whole

SIZES = "10/1000/100,100/10000/1000,500/50000/5000"
ASKED = ("team-0000/app-0-00000", "team-0001/app-0-00000", "TCP/8080")
"""From whom, to whom and on which port: both ends are selected by policies."""

CHILD = """
import json, sys, time
from netproof.commands.queries import load_snapshot
from netproof.explaining.ends import ends_of
from netproof.explaining.tracing import explain
from netproof.reports.explain.text import ExplainReport, explain_text
from netproof_specs.claim_language.parsing import parse_ports
from netproof_specs.assumptions import DEFAULTS
from netproof_specs.loading import LoadOptions
file, source, destination, port = sys.argv[1:]
on = parse_ports(port)[0]
times = [time.process_time()]
loaded = load_snapshot([file], LoadOptions()); times.append(time.process_time())
ends = ends_of(loaded, source, destination)
found = explain(loaded.cluster, ends, (on.protocol, on.first), DEFAULTS)
explain_text(ExplainReport(loaded, found)); times.append(time.process_time())
print(json.dumps({"read": times[1] - times[0], "explain": times[2] - times[1]}))
"""


def main(arguments: Sequence[str] | None = None) -> Path:
    """Measures every size; the file with the figures."""
    options = parser(__doc__, SIZES, 5).parse_args(arguments)
    rows: list[Figures] = []
    for text in options.sizes.split(","):
        rows.append(_measured(Size(*map(int, text.split("/"))), options.runs))
        print(_line(rows[-1]), flush=True)
    grown = {
        name: exponent([(row["bytes"], row[name]) for row in rows])
        for name in ("read", "explain", "command")
    }
    figures = {"runs": options.runs, "rows": rows, "exponents": grown}
    return save("explain", figures, options.results)


def _measured(size: Size, runs: int) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cluster.json"
        file.write_text(json.dumps(cluster(size)), encoding="utf-8")
        found = medians([_run(file) for _ in range(runs)])
        return {**asdict(size), "bytes": file.stat().st_size, **found}


def _run(file: Path) -> Figures:
    """The parts of one run, and the whole command."""
    source, destination, port = ASKED
    answer = subprocess.run(
        [sys.executable, "-c", CHILD, str(file), *ASKED],
        env=environ(),
        capture_output=True,
        text=True,
        check=True,
    )
    parts = json.loads(answer.stdout)
    words = ["explain", str(file), "--from", source, "--to", destination, "--on", port]
    command = whole([sys.executable, "-m", "netproof", *words], 3600)
    said = command["said"].split(" ", 1)[0]
    ratio = parts["explain"] / parts["read"]
    spent = {"command": command["cpu"], "megabytes": command["megabytes"]}
    return {**parts, "ratio": ratio, **spent, "decision": said}


def _line(row: Figures) -> str:
    return (
        f"{row['pods']} pods, {row['policies']} policies: reading {row['read']:.3f} s, explaining "
        f"{row['explain']:.3f} s, {row['ratio']:.2f} times that; the command {row['command']:.2f} "
        f"s, {row['megabytes']:.0f} MB; {row['decision']}"
    )


if __name__ == "__main__":
    main()
