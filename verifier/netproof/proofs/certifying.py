"""From a certificate to a proof: the script's own text to clauses, to a solver, to LRAT."""

from __future__ import annotations

from collections.abc import Mapping

from netproof.proofs.propagation import OutOfReachError
from netproof.proofs.sat import Sat, installed, learned
from netproof.proofs.trimming import Proof, Shared, shared, trimmed
from netproof.replay import DisagreementError
from netproof.verdicts import Certificate
from netproof_encodings.logic.cnf import Clauses
from netproof_encodings.logic.scripts import Reading
from netproof_encodings.logic.terms import Bits, Term
from netproof_encodings.obligations.claims import certificate as script_of
from netproof_encodings.obligations.claims import facts
from netproof_specs.frozen import Frozen

CONFLICTS = 100_000
WORK = 100_000_000
"""Bounds on solving and on trimming, in units that every machine agrees on; the second is about
a minute."""


class NoProof(Frozen):
    """Why there is no proof of an obligation, in a sentence without a full stop."""

    because: str


class Translation(Frozen):
    """An obligation as clauses: those of its stage, and from number `own` on those of its own.

    `symbols` holds the variables of every symbol, and the literal of every definition.
    """

    clauses: Clauses
    own: int
    symbols: Mapping[str, tuple[int, ...]]

    @property
    def parts(self) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
        """The clauses of the stage, and those that the obligation adds."""
        return self.clauses.clauses[: self.own], self.clauses.clauses[self.own :]


class Certifier:
    """Proves certificates unsatisfiable by clauses.

    A class because it keeps what it made of the last stage, which many certificates share.
    """

    def __init__(self) -> None:
        self._stage: str | None = None
        self._reading, self._clauses = Reading(), Clauses()
        self._shared: Shared | None = None

    def translation(self, certificate: Certificate) -> Translation:
        """The clauses of the certificate's script."""
        self._load(certificate.stage)
        clauses = self._clauses.fork()
        text = certificate.obligation + facts(certificate.assumed)
        reading = self._reading.fork()
        for term in reading.read(text):
            clauses.require(term)
        known: dict[str, Term | Bits] = {**reading.vectors, **reading.names}
        symbols = {name: clauses.variables_of(symbol) for name, symbol in known.items()}
        return Translation(clauses, len(self._clauses.clauses), symbols)

    def _load(self, stage: str) -> None:
        # An obligation without a stage declares everything itself, in widths of its own.
        if stage and stage == self._stage:
            return
        self._reading, self._clauses, self._shared = Reading(), Clauses(), None
        for term in self._reading.read(stage):
            self._clauses.require(term)
        self._stage = stage

    def proof(self, certificate: Certificate) -> Proof | NoProof:
        """A proof that the script is unsatisfiable, or why there is none.

        Raises DisagreementError where the SAT solver finds that it is satisfiable.
        """
        if not installed():
            return NoProof("no SAT solver is installed; `netproof[proofs]` brings one")
        stage, own = self.translation(certificate).parts
        lines = learned(stage, own, conflicts=CONFLICTS)
        match lines:
            case Sat.UNKNOWN:
                return NoProof(f"the SAT solver gave up after {CONFLICTS:,} conflicts")
            case Sat.SATISFIABLE:
                raise DisagreementError(
                    "the SAT solver does not find the clauses contradictory that Z3 refutes",
                    script_of(certificate.stage, certificate.obligation, certificate.assumed),
                )
            case _:
                return self._trimmed(own, lines)

    def _trimmed(
        self, own: list[tuple[int, ...]], lines: tuple[tuple[int, ...], ...]
    ) -> Proof | NoProof:
        if self._shared is None:
            self._shared = shared(self._clauses.clauses)
        try:
            return trimmed(self._shared, own, lines, WORK)
        except OutOfReachError:
            return NoProof("to follow the SAT solver's steps takes too long")
