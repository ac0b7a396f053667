"""Under what a claim is filed, and whether its refutation was accepted: for reports, no meaning."""

from __future__ import annotations

from datetime import date
from enum import Enum

from netproof_specs.frozen import Frozen


class Severity(Enum):
    """How much it matters that a claim holds, the most first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Acceptance(Frozen):
    """Somebody's word that a refutation may stand up to and including a day."""

    until: date
    by: str
    because: str
    ticket: str = ""


class Filing(Frozen):
    """The controls that a claim is evidence for, who answers for it, how much it matters, tags."""

    controls: tuple[str, ...] = ()
    owner: str = ""
    severity: Severity | None = None
    tags: tuple[str, ...] = ()
    accepted: Acceptance | None = None


UNFILED = Filing()
