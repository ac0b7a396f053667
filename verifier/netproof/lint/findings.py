"""What lint finds, and the order of its severities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum

from netproof.lint.codes import CODES, Severity
from netproof_specs.frozen import Frozen, replace
from netproof_specs.locations import Location
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.worlds import World


class Together(Enum):
    """Whether a part that can be removed can go in one step with the others that can."""

    YES = "yes"
    NO = "no"


class Related(Frozen):
    """Another place that a finding speaks of."""

    where: Location
    message: str


class Finding(Frozen):
    """One suspicious place. `policy` is the policy that it belongs to, if any.

    `world` is set iff the finding was proved by the solver over the connections of that world,
    `together` iff the finding names something that can be removed without effect.
    """

    code: str
    severity: Severity
    where: Location | None
    message: str
    suggestion: str
    policy: AnyPolicy | None = None
    related: tuple[Related, ...] = ()
    world: World | None = None
    together: Together | None = None


class Suppressed(Frozen):
    """A finding that the input asks not to report, with the reason given there, if any."""

    finding: Finding
    reason: str


def finding(
    code: str,
    where: Location | None,
    message: str,
    suggestion: str,
    policy: AnyPolicy | None = None,
) -> Finding:
    """A finding with the severity of its code."""
    return Finding(code, CODES[code].severity, where, message, suggestion, policy)


def related_to(one: Finding, others: Iterable[tuple[Location | None, str]]) -> Finding:
    """The finding with other places that it speaks of; those that have no place are left out."""
    known = (Related(where, message) for where, message in others if where is not None)
    return replace(one, related=(*one.related, *known))


def lowered(one: Finding) -> Finding:
    """The finding as mere information."""
    return replace(one, severity=Severity.INFO)


def few_of(names: Sequence[str]) -> str:
    """Up to two names as examples of all."""
    listed = ", ".join(f"`{name}`" for name in names[:2])
    return listed if len(names) <= 2 else f"{listed}, ..."
