"""Under what a claim is filed, and whether its refutation was accepted: for reports, no meaning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum


class Severity(Enum):
    """How much it matters that a claim holds, the most first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Somebody's word that a refutation may stand up to and including a day."""

    until: date
    by: str
    because: str
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class Filing:
    """The controls that a claim is evidence for, who answers for it, how much it matters, tags."""

    controls: tuple[str, ...] = ()
    owner: str = ""
    severity: Severity | None = None
    tags: tuple[str, ...] = ()
    accepted: Acceptance | None = None


UNFILED = Filing()
