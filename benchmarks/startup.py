"""Measures how much longer `netproof --help` takes than `python -c pass`.

    python -m benchmarks.startup [--runs 21] [--results FOLDER]

The commands run in turn; each figure is the median of the differences within a round, in
milliseconds. The console script is the one next to the interpreter, where netproof is installed.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.measuring import ROOT, Figures, environ, parser, save

LIMIT = 150.0


def main(arguments: Sequence[str] | None = None) -> Path:
    """Measures each way to start; the file with the figures."""
    options = parser(__doc__, "", 21).parse_args(arguments)
    ways = _ways()
    rounds = [_round(ways) for _ in range(options.runs + 1)][1:]  # the first fills caches
    rows = [_row(name, rounds) for name in ways]
    script = "netproof --help" in ways
    figures: Figures = {
        "limit": LIMIT,
        "runs": options.runs,
        "rows": rows,
        "console_script": "measured" if script else "absent: netproof is not installed here",
    }
    for row in rows:
        print(f"{row['command']}: {row['milliseconds']} ms, {row['beyond_pass']} ms beyond pass")
    return save("startup", figures, options.results)


def _ways() -> dict[str, list[str]]:
    script = Path(sys.executable).parent / "netproof"
    found = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "python -m netproof --help": [sys.executable, "-m", "netproof", "--help"],
    }
    if script.exists():
        found["netproof --help"] = [str(script), "--help"]
    return found


def _round(ways: dict[str, list[str]]) -> dict[str, float]:
    return {name: _milliseconds(command) for name, command in ways.items()}


def _milliseconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=environ(), capture_output=True, check=True)
    return (time.perf_counter() - started) * 1000


def _row(name: str, rounds: Sequence[dict[str, float]]) -> Figures:
    return {
        "command": name,
        "milliseconds": round(median(one[name] for one in rounds), 1),
        "beyond_pass": round(median(one[name] - one["python -c pass"] for one in rounds), 1),
    }


if __name__ == "__main__":
    main()
