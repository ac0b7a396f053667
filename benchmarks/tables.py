"""Puts the committed figures into docs/performance.md.

    python -m benchmarks.tables

The tables stand between `<!-- figures -->` and `<!-- end of figures -->`; the rest of the page is
written by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.measuring import RESULTS, ROOT, Figures

PAGE = ROOT / "docs" / "performance.md"
START, END = "<!-- figures -->\n", "<!-- end of figures -->\n"


def main() -> None:
    """Rewrites the page."""
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), RESULTS), encoding="utf-8")


def filled(page: str, results: Path) -> str:
    """The page with the tables of the figures in a folder."""
    before, rest = page.split(START)
    _, after = rest.split(END)
    return f"{before}{START}\n{tables(results)}\n{END}{after}"


def tables(results: Path) -> str:
    """All tables, each under its heading."""
    parts = (
        ("Claims, end to end", verify),
        ("What claims cost beside reading", claims),
        ("Reading YAML", reading),
        ("Comparing", compare),
        ("Finding what can be removed", lint),
        ("Explaining one connection", explain),
        ("Other analyzers on the same files", peers),
        ("Verifying with a bundle of evidence", bundles),
        ("A quarter of the policies of another kind", kinds),
        ("Start-up", startup),
    )
    names = (
        "verify", "claims", "reading", "compare", "lint", "explain", "peers", "bundles", "kinds",
        "startup",
    )  # fmt: skip
    return "\n".join(
        f"### {title}\n\n{table(_figures(results, name))}"
        for name, (title, table) in zip(names, parts, strict=True)
    )


def _figures(results: Path, name: str) -> Figures:
    found: Figures = json.loads((results / f"{name}.json").read_text(encoding="utf-8"))
    return found


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def _measured_on(figures: Figures) -> str:
    on, number = figures["environment"], figures["runs"]
    runs = f"Medians of {number} runs" if number > 1 else "One run each"
    return (
        f"{runs}; Python {on['python']}, Z3 {on['z3']}, "
        f"{on['cores']} cores.\n"
    )


def verify(figures: Figures) -> str:
    """End to end against `json.load` and Z3; one session against many."""
    head = (
        "pods / policies", "world", "input", "json.load", "Z3", "end to end", "ratio",
        "process", "ratio", "one session", "a session a claim",
    )  # fmt: skip
    rows = [
        (
            f"{row['pods']:,} / {row['policies']:,}",
            row["world"],
            f"{row['bytes'] / 1e6:.0f} MB",
            f"{row['json_load']:.2f} s",
            f"{row['z3']:.2f} s",
            f"{row['total']:.2f} s",
            f"{row['ratio']:.2f}",
            f"{row['process_cpu']:.2f} s",
            f"{row['process_ratio']:.2f}",
            f"{row['one_session']:.2f} s",
            f"{row['session_each']:.2f} s",
        )
        for row in figures["rows"]
    ]
    fitted = [
        (world, *(found[key] for key in ("total", "process_cpu", "z3", "reading")))
        for world, found in figures["exponents"].items()
    ]
    powers = _table(("exponent over input bytes", "end to end", "process", "Z3", "reading"), fitted)
    return f"{_measured_on(figures)}\n{_table(head, rows)}\n{powers}"


def claims(figures: Figures) -> str:
    """Twenty claims, one more, and claims over everything."""
    head = (
        "pods / policies", "world", "input", "json.load", "reading", "deciding", "end to end",
        "times json.load", "memory",
    )  # fmt: skip
    rows = [
        (
            f"{row['pods']:,} / {row['policies']:,}",
            row["world"],
            f"{row['bytes'] / 1e6:.0f} MB",
            f"{row['json_load']:.2f} s",
            f"{row['reading']:.2f} s",
            f"{row['deciding']:.2f} s",
            f"{row['total']:.2f} s",
            f"{row['ratio']:.1f}",
            f"{row['megabytes']} MB",
        )
        for row in figures["rows"]
    ]
    return (
        f"{_measured_on(figures)}\n{_table(head, rows)}\n{_one_more(figures)}\n"
        f"{_over_everything(figures)}"
    )


def _one_more(figures: Figures) -> str:
    head = ("one more claim about two namespaces", "world", "time", "ratio", "memory")
    return _table(
        head,
        (
            (
                f"{row['pods']:,} / {row['policies']:,}",
                pair["world"],
                f"{row['milliseconds']:.1f} ms",
                "" if row is pair["rows"][0] else f"{pair['ratio']:.2f}",
                f"{row['megabytes']} MB",
            )
            for pair in figures["one_more"]
            for row in pair["rows"]
        ),
    )


def _over_everything(figures: Figures) -> str:
    head = ("claim", "world", "verdict", "what it concerns", "the whole cluster", "ratio")
    return _table(
        head,
        (
            (
                f"`{row['claim']}`",
                row["world"],
                row["verdict"],
                f"{row['concerned']:.2f} s",
                f"{row['whole']:.2f} s",
                f"{row['ratio']:.2f}",
            )
            for row in figures["over_everything"]
        ),
    )


def reading(figures: Figures) -> str:
    """Reading against the bare parsers; earlier figures are without memory."""
    told = all("megabytes" in row for row in figures["rows"])
    head = ("pods / policies", "form", "input", "bare parser", "reading", "ratio")
    rows = [
        (
            f"{row['pods']:,} / {row['policies']:,}",
            row["form"],
            f"{row['bytes'] / 1e6:.1f} MB",
            f"{row['bare']:.2f} s",
            f"{row['reading']:.2f} s",
            f"{row['ratio']:.2f}",
            *([f"{row['megabytes']} MB"] if told else []),
        )
        for row in figures["rows"]
    ]
    fitted = figures["exponent"]
    power = "" if fitted is None else f"\nExponent over input bytes: {fitted}.\n"
    table = _table((*head, "memory") if told else head, rows)
    return f"{_measured_on(figures)}\n{table}{power}"


def compare(figures: Figures) -> str:
    """A policy set against its split and against one changed rule."""
    head = (
        "policies", "split", "reading both", "verdict", "time", "ratio", "processors", "peak",
        "one rule changed", "reading both", "processors", "ratio",
    )  # fmt: skip
    rows = [
        (
            f"{row['old_policies']:,}",
            f"{row['new_policies']:,}",
            f"{row['reading']:.2f} s",
            row["relation"],
            f"{row['compare']:.2f} s",
            f"{row['ratio']:.2f}",
            f"{row['cpu']:.2f} s",
            f"{row['megabytes']:.0f} MB",
            f"{row['changed_relation']}, regions: {row['changed_regions']}",
            f"{row['changed_reading_cpu']:.2f} s",
            f"{row['changed_cpu']:.2f} s",
            f"{row['changed_ratio']:.2f}",
        )
        for row in figures["rows"]
    ]
    return f"{_measured_on(figures)}\n{_table(head, rows)}\n{_exponents(figures, 'input bytes')}"


def _exponents(figures: Figures, over: str) -> str:
    powers = (f"{name.replace('_', ' ')} {found}" for name, found in figures["exponents"].items())
    return f"Exponents over {over}: {', '.join(powers)}.\n"


def lint(figures: Figures) -> str:
    """Every code of lint as namespaces grow, and the policies of each; `+` is what is beside."""
    head = ("policies", "namespaces", "pods", "runs", "clock", "processors", "peak", "findings")
    rows = [
        (
            f"{row['policies']:,}" + (f" + {row['beside']}" if row["beside"] else ""),
            row["namespaces"],
            f"{row['pods']:,}",
            row["runs"],
            f"{row['wall']:.1f} s",
            f"{row['cpu']:.1f} s",
            f"{row['megabytes']:.0f} MB",
            f"{sum(row['findings'].values()):,}",
        )
        for row in figures["rows"]
    ]
    over = "policies, that of hosts over host endpoints"
    return f"{_measured_on(figures)}\n{_table(head, rows)}\n{_exponents(figures, over)}"


def explain(figures: Figures) -> str:
    """One connection explained, beside reading the input."""
    head = (
        "pods / policies", "input", "reading", "explaining", "ratio", "the command", "peak",
        "decision",
    )  # fmt: skip
    rows = [
        (
            f"{row['pods']:,} / {row['policies']:,}",
            f"{row['bytes'] / 1e6:.0f} MB",
            f"{row['read']:.2f} s",
            f"{row['explain']:.3f} s",
            f"{row['ratio']:.2f}",
            f"{row['command']:.2f} s",
            f"{row['megabytes']:.0f} MB",
            row["decision"],
        )
        for row in figures["rows"]
    ]
    return f"{_measured_on(figures)}\n{_table(head, rows)}\n{_exponents(figures, 'input bytes')}"


PEERS = ("network-config-analyzer", "netpol-analyzer")


def peers(figures: Figures) -> str:
    """Other analyzers beside ours, on the same files."""
    head = ("task", "workloads / policies", "netproof", *PEERS)
    rows = [
        (
            row["task"],
            f"{row['workloads']:,} / {row['policies']:,}",
            _run(row["netproof"]),
            *(_run(row[name]) for name in PEERS),
        )
        for row in figures["rows"]
    ]
    told = f"{_measured_on(figures)[:-1]} A run of more than {figures['limit']:g} s is stopped.\n"
    return f"{told}\n{_table(head, rows)}"


def _run(found: Figures) -> str:
    """`0.61 s, 90 MB, 1.1 times ours`, or why there is no figure."""
    if "failed" in found:
        return str(found["failed"])
    ratio = f", {found['ratio']:g} times ours" if "ratio" in found else ""
    answer = "" if found.get("equivalent", True) else ", says that they differ"
    return f"{found['cpu']:.2f} s, {found['megabytes']:.0f} MB{ratio}{answer}"


def bundles(figures: Figures) -> str:
    """Verifying with evidence and a check of it, against verifying alone."""
    head = ("pods / policies", "world", "verify", "with a bundle", "check", "ratio", "proofs")
    rows = [
        (
            f"{row['pods']:,} / {row['policies']:,}",
            row["world"],
            f"{row['verify']:.2f} s",
            f"{row['bundle']:.2f} s",
            f"{row['check']:.2f} s",
            f"{row['ratio']:.2f}",
            f"{row['proofs']} of {row['obligations']}",
        )
        for row in figures["rows"]
    ]
    return f"{_measured_on(figures)}\n{_table(head, rows)}"


def kinds(figures: Figures) -> str:
    """Each command on clusters with a quarter of other kinds, against ordinary policies only."""
    titles = list(dict.fromkeys(row["kind"] for row in figures["rows"]))
    found: dict[tuple[str, str], list[Figures]] = {}
    for row in figures["rows"]:
        key = f"{row['pods']:,} / {row['policies']:,}", row["command"]
        found.setdefault(key, []).append(row)
    rows = [
        (*key, f"{listed[0]['cpu']:.2f} s", *(f"{row['ratio']:.2f}" for row in listed[1:]))
        for key, listed in found.items()
    ]
    return f"{_measured_on(figures)}\n{_table(('pods / policies', 'command', *titles), rows)}"


def startup(figures: Figures) -> str:
    """Start-up beyond that of the interpreter."""
    rows = [
        (f"`{row['command']}`", f"{row['milliseconds']} ms", f"{row['beyond_pass']} ms")
        for row in figures["rows"]
    ]
    return f"{_measured_on(figures)}\n{_table(('command', 'time', 'beyond `pass`'), rows)}"


if __name__ == "__main__":
    main()
