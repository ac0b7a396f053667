"""Proofs as files that a third party decides again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import click

from netproof.about import about
from netproof.pipeline import Report
from netproof.reports.words import safe
from netproof.verdicts import Certificate, Proof, Verdict
from netproof_encodings.obligations import certificate as script
from netproof_specs.assumptions import Assumption, value_of


def write_certificates(report: Report, folder: Path) -> None:
    """Writes `ID.smt2` for each verdict that has a certificate; raises click.ClickException."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for verdict in report.verdicts:
            if isinstance(verdict.grounds, Proof):
                text = certificate_text(report, verdict, verdict.grounds.certificate)
                path = folder / f"{_file_name(verdict.statement.id)}.smt2"
                path.write_text(text, encoding="ascii", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise click.ClickException(f"cannot write {error.filename}: {error.strerror}") from error


def certificate_text(report: Report, verdict: Verdict, certificate: Certificate) -> str:
    """The script under a heading of comments that says what it is about."""
    heading = "".join(f"; {safe(line)}\n" for line in _heading(report, verdict))
    return heading + script(certificate.stage, certificate.obligation, certificate.assumed)


def _heading(report: Report, verdict: Verdict) -> Iterator[str]:
    yield f"{verdict.statement.id}: {verdict.statement.text}"
    yield f"{verdict.outcome.value} iff this script is unsatisfiable; a solver answers `unsat`"
    yield f"reading: {verdict.reading}"
    yield f"world: {verdict.world.value}"
    values = (f"{one.value}={value_of(one, verdict.assumptions)}" for one in Assumption)
    yield f"assumptions: {', '.join(values)}"
    for source in (*report.loaded.sources, *report.specs):
        yield f"input: {source.name} sha256 {source.sha256}"
    yield f"written by {about()}"


def _file_name(identity: str) -> str:
    """The claim's name as that of a file in one folder; two names never give one."""
    return quote(identity, safe="")
