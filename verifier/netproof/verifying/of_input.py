"""Whether what an open world allows concerns the pods of the input, as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from netproof.decisions import InInput
from netproof.solving import Answer, Limits, Session
from netproof.verifying.asking import settled
from netproof.verifying.readable import readable
from netproof_encodings.models.decoding import decode
from netproof_encodings.obligations.claims import Stage, require
from netproof_encodings.parts.extents import Extent
from netproof_specs.model.connections import Connection

Literals = Callable[[Stage], Sequence[str]]
"""What is assumed, in literals of a stage: one asks for no more than its policies leave open."""


class Looks(Protocol):
    """Looks for a connection of the input that satisfies an obligation of a claim."""

    def look(self, obligation: Callable[[Stage], str], assumed: Literals) -> Connection | InInput:
        """A connection that satisfies the obligation under the literals, or why none is shown."""

    def work(self) -> int:
        """What was spent so far, in the solver's deterministic units."""


class InputPods:
    """Looks for connections between two pods of the input, or of one with an outside address.

    The pods have exactly the facts that the input states, known addresses among them, so `build`
    gives a stage in the world `snapshot`. hostNetwork pods are left out, as they are outside the
    open worlds (A.45). `otherwise` is what follows where there is no such connection: NONE, but
    UNKNOWN where the stage lacks pods of the input.

    A class because the stage is built, and read by a solver, when the first question comes.
    """

    def __init__(self, build: Callable[[], Stage], limits: Limits, otherwise: InInput) -> None:
        self._build = build
        self._limits = limits
        self._otherwise = otherwise
        self._ready: tuple[Stage, Session] | None = None

    def _loaded(self) -> tuple[Stage, Session]:
        if self._ready is None:
            on = self._build()
            self._ready = on, Session(on.text, self._limits)
        return self._ready

    def look(
        self, obligation: Callable[[Stage], str], assumed: Literals, near: Extent
    ) -> Connection | InInput:
        """A connection that satisfies the obligation under the literals, or why none is shown.

        Rather one of what is `near` to the claim.
        """
        on, session = self._loaded()
        values = assumed(on)
        on_pod_network = (on.terms.negation(end.host_network) for end in on.space.ends)
        with session.scope(obligation(on)), session.scope(require(on, *on_pod_network)):
            match settled(on, session, values):
                case Answer.SAT:
                    return decode(on, readable(on, session, values, near))
                case Answer.UNSAT:
                    return self._otherwise
                case Answer.UNKNOWN:
                    return InInput.UNKNOWN

    def work(self) -> int:
        """What was spent so far, in the solver's deterministic units."""
        return 0 if self._ready is None else self._ready[1].work()
