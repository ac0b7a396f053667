"""The ways from tier to tier that a connection can take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netproof.decisions import Step
from netproof_specs.model.traffic import Action


def walks(tiers: Sequence[tuple[Step, ...]]) -> Iterator[tuple[Step, ...]]:
    """Every way from tier to tier until a step decides; a tier without steps says nothing."""
    if not tiers:
        yield ()
        return
    for step in tiers[0]:
        if step.action is not Action.PASS:
            yield (step,)
            continue
        yield from ((step, *rest) for rest in walks(tiers[1:]))
    if not tiers[0]:
        yield from walks(tiers[1:])
