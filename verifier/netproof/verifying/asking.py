"""Questions to a stage that may hold a part of the cluster only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from netproof.solving import Answer, Session
from netproof_encodings.decision.conditions import End
from netproof_encodings.meaning.spaces import EndpointSpace
from netproof_encodings.obligations.claims import Stage, require
from netproof_encodings.parts.extents import Extent
from netproof_specs.frozen import Frozen

Wanted = tuple[tuple[End, str], ...]
"""Namespaces whose pods have to be held, each at one end."""


class Near(Frozen):
    """What of a cluster is near to a claim: the extent of the first stage that is asked of it.

    It is a matter of the claim alone, so that to prefer it shows the same core and counterexample
    however much is held. `policies` gives the indices of those that bear on the claim there,
    `stage` gives that stage, and `concerned` the one with all that the claim can concern.
    """

    extent: Extent
    policies: Callable[[], Sequence[int]]
    stage: Callable[[], Stage]
    concerned: Callable[[], Stage]


class NotHeldError(Exception):
    """The answer depends on pods of which the stage knows too little: ask one that holds more.

    `wanted` are the first namespaces of such pods; it is empty where they have no known name.
    """

    def __init__(self, wanted: Wanted) -> None:
        super().__init__("the stage holds too little")
        self.wanted = wanted


def settled(on: Stage, session: Session, assumed: Sequence[str]) -> Answer:
    """What holds of the whole cluster: whether the text in force has a model with the literals.

    A model is left in the session iff the answer is sat. Raises NotHeldError where there are none
    but of pods that the stage does not hold.
    """
    answer = session.check(assumed)
    if answer is not Answer.SAT or not any(session.values(on.elsewhere).values()):
        return answer
    here = (f"(not {name})" for name in on.elsewhere)
    answer = session.check([*assumed, *here])
    if answer is Answer.UNSAT:
        raise NotHeldError(tuple(_wanted(on, session, assumed)))
    return answer


def perhaps(on: Stage, session: Session, assumed: Sequence[str]) -> Answer:
    """The same as `settled`, quicker where the answer is likely to be sat."""
    here = [f"(not {name})" for name in on.elsewhere]
    if here and session.check([*assumed, *here]) is Answer.SAT:
        return Answer.SAT
    return settled(on, session, assumed)


def _wanted(on: Stage, session: Session, assumed: Sequence[str]) -> Iterator[tuple[End, str]]:
    """For each end that can be a pod that is not held: the first namespace of such pods."""
    for which, end in zip(End, on.space.ends, strict=True):
        if end.elsewhere is on.terms.false:
            continue
        if session.check([*assumed, end.elsewhere.name]) is Answer.SAT:
            name = _first_name(on, session, end, [*assumed, end.elsewhere.name])
            if name is not None:
                yield which, name


def _first_name(
    on: Stage, session: Session, end: EndpointSpace, assumed: Sequence[str]
) -> str | None:
    """The first name that the end's namespace can have, found bit by bit; it has one."""
    bits, code = end.namespace.name, 0
    for length in range(1, bits.width + 1):
        text = require(on, on.terms.prefix(bits, length, code << 1))
        with session.scope(text):
            code = code << 1 | (session.check(assumed) is not Answer.SAT)
    return next((name for name, known in end.namespace.names.items() if known == code), None)
