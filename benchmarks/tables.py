"""Puts the committed figures into docs/performance.md.

    python -m benchmarks.tables

The tables stand between `<!-- figures -->` and `<!-- end of figures -->`; the rest of the page is
written by hand.
"""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.measuring import RESULTS, ROOT, Figures
from benchmarks.writing import grid, growth, measured_on

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
    """All tables, each under its heading; a table's figures are in the file of its name."""
    parts = (
        ("Claims", claims),
        ("Reading YAML", reading),
        ("Comparing", compare),
        ("One file changed", watching),
        ("Finding what can be removed", lint),
        ("Explaining one connection", explain),
        ("Maps of all connections", connections),
        ("Many clusters", fleet),
        ("Other analyzers on the same files", peers),
        ("Verifying with a bundle of evidence", bundles),
        ("A quarter of the policies of another kind", kinds),
        ("Policies for what hosts forward", forwarded),
        ("Before there were other kinds", versions),
        ("Start-up", startup),
    )
    return "\n".join(
        f"### {title}\n\n{table(_figures(results, table.__name__))}" for title, table in parts
    )


def _figures(results: Path, name: str) -> Figures:
    found: Figures = json.loads((results / f"{name}.json").read_text(encoding="utf-8"))
    return found


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
        f"{measured_on(figures)}\n{grid(head, rows)}\n{growth(figures, 'input bytes')}\n"
        f"{_one_more(figures)}\n{_over_everything(figures)}"
    )


def _one_more(figures: Figures) -> str:
    head = ("one more claim about two namespaces", "world", "time", "ratio", "memory")
    return grid(
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
    return grid(
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
    table = grid((*head, "memory") if told else head, rows)
    return f"{measured_on(figures)}\n{table}{power}"


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
    return f"{measured_on(figures)}\n{grid(head, rows)}\n{growth(figures, 'input bytes')}"


def watching(figures: Figures) -> str:
    """From the change of a policy file to the verdicts, in a workspace and as a command."""
    head = (
        "pods / policies", "changes", "decided", "processor p50", "p99", "clock p50", "p99",
        "memory", "command p50", "p99", "memory", "claim over everything",
    )  # fmt: skip
    rows = [
        (
            f"{row['pods']:,} / {row['policies']:,}",
            row["near"]["wall"]["runs"],
            f"{row['near']['decided']:.1f}",
            *_delays(row["near"]["cpu"]),
            *_delays(row["near"]["wall"]),
            f"{row['near']['memory'] / 1e6:.0f} MB",
            *_delays(row["command"]["wall"]),
            f"{row['command']['memory'] / 1e6:.0f} MB",
            _delays(row["all"]["cpu"])[0],
        )
        for row in figures["rows"]
    ]
    on = figures["environment"]
    told = f"Python {on['python']}, Z3 {on['z3']}, {on['cores']} cores.\n"
    return f"{told}\n{grid(head, rows)}"


def _delays(found: Figures) -> tuple[str, str]:
    return f"{found['p50'] * 1e3:.0f} ms", f"{found['p99'] * 1e3:.0f} ms"


def connections(figures: Figures) -> str:
    """The map of all connections, in three forms, against reading the input."""
    head = (
        "workloads / policies", "pairs", "reading", "a line a pair", "`--summary`",
        "the same as JSON", "peak",
    )  # fmt: skip
    rows = [
        (
            f"{row['workloads']:,} / {row['policies']:,}",
            f"{row['text']['pairs']:,}",
            f"{row['text']['read']:.2f} s",
            *(
                f"{row[form]['map'] + row[form]['write']:.2f} s, {row[form]['ratio']:.2f}"
                for form in ("text", "summary/text", "summary/json")
            ),
            f"{row['text']['megabytes']:.0f} MB",
        )
        for row in figures["rows"]
    ]
    return f"{measured_on(figures)}\n{grid(head, rows)}"


def fleet(figures: Figures) -> str:
    """One process, two, and two workers of Dask, on the same clusters."""
    head = ("clusters", "pods / policies of each", "by", "clock", "processors", "speed-up", "peak")
    rows = [
        (
            row["clusters"],
            f"{row['pods']:,} / {row['policies']:,}",
            title,
            f"{row[name]['wall']:.0f} s",
            f"{row[name]['cpu']:.0f} s" if name != "dask" else "",
            f"{row[name]['speed_up']:.2f}" if "speed_up" in row[name] else "",
            f"{row[name]['megabytes']:.0f} MB",
        )
        for row in figures["rows"]
        for name, title in (("one", "one process"), ("two", "two"), ("dask", "two Dask workers"))
        if row[name] is not None
    ]
    return f"{measured_on(figures)}\n{grid(head, rows)}"


def lint(figures: Figures) -> str:
    """Every code of lint as namespaces grow, and the policies of each; `+` is what is beside."""
    head = ("policies", "namespaces", "pods", "clock", "processors", "peak", "findings")
    rows = [
        (
            f"{row['policies']:,}" + (f" + {row['beside']}" if row["beside"] else ""),
            row["namespaces"],
            f"{row['pods']:,}",
            f"{row['wall']:.1f} s",
            f"{row['cpu']:.1f} s",
            f"{row['megabytes']:.0f} MB",
            f"{sum(row['findings'].values()):,}",
        )
        for row in figures["rows"]
    ]
    over = "policies, those of hosts and of ordered policies over these"
    return f"{measured_on(figures)}\n{grid(head, rows)}\n{growth(figures, over)}"


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
    return f"{measured_on(figures)}\n{grid(head, rows)}\n{growth(figures, 'input bytes')}"


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
    told = f"{measured_on(figures)[:-1]} A run of more than {figures['limit']:g} s is stopped.\n"
    return f"{told}\n{grid(head, rows)}"


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
    return f"{measured_on(figures)}\n{grid(head, rows)}"


def kinds(figures: Figures) -> str:
    """Each command on clusters with a quarter of other kinds, against ordinary policies only."""
    titles = list(dict.fromkeys(row["kind"] for row in figures["rows"]))
    found: dict[tuple[str, str], list[Figures]] = {}
    for row in figures["rows"]:
        key = f"{row['pods']:,} / {row['policies']:,}", row["command"]
        found.setdefault(key, []).append(row)
    rows = [
        (
            *key,
            f"{listed[0]['cpu']:.2f} s",
            *(f"{row['ratio']:.2f}" for row in listed[1:]),
            f"{max(row['megabytes'] for row in listed):.0f} MB",
        )
        for key, listed in found.items()
    ]
    head = ("pods / policies", "command", *titles, "peak of all")
    return f"{measured_on(figures)}\n{grid(head, rows)}"


def forwarded(figures: Figures) -> str:
    """Claims beside policies for forwarded traffic, as nodes, pods and these policies grow."""
    head = ("nodes", "pods", "policies", "world", "verify", "peak", "refuted")
    rows = [
        (
            f"{row['nodes']:,}",
            f"{row['pods']:,}",
            f"{row['policies']:,}",
            row["world"],
            f"{row['cpu']:.2f} s",
            f"{row['megabytes']:.0f} MB",
            f"{row['refuted']} of {figures['claims']}",
        )
        for row in figures["rows"]
    ]
    return f"{measured_on(figures)}\n{grid(head, rows)}\n{growth(figures, 'what grows')}"


def versions(figures: Figures) -> str:
    """Each command beside another version of it, in turns on the same files."""
    rows = [
        (
            f"{row['pods']:,} / {row['policies']:,}",
            row["command"],
            f"{row['other']:.2f} s",
            f"{row['this']:.2f} s",
            f"{row['ratio']:.2f}",
            f"{row['megabytes_other']:.0f} MB",
            f"{row['megabytes_this']:.0f} MB",
        )
        for row in figures["rows"]
    ]
    called = figures["called"]
    memory = (f"memory, {called}", "memory, now")
    head = ("pods / policies", "command", called, "now", "ratio", *memory)
    return f"{measured_on(figures)}\n{grid(head, rows)}"


def startup(figures: Figures) -> str:
    """Start-up beyond that of the interpreter."""
    rows = [
        (f"`{row['command']}`", f"{row['milliseconds']} ms", f"{row['beyond_pass']} ms")
        for row in figures["rows"]
    ]
    return f"{measured_on(figures)}\n{grid(('command', 'time', 'beyond `pass`'), rows)}"


if __name__ == "__main__":
    main()
