"""What a verdict comes to: whether it fails the run, given waivers and an earlier report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from enum import Enum

from netproof.verdicts import Outcome, Verdict
from netproof_specs.filing import Acceptance, Severity
from netproof_specs.frozen import Frozen, field


class Standing(Enum):
    """How a verdict stands to what was accepted and what was known."""

    PLAIN = "plain"
    """It is what it says: proved, or failing the run."""
    ACCEPTED = "accepted"
    """Refuted, and accepted for today: it does not fail the run."""
    EXPIRED = "expired"
    """Refuted, and the acceptance has ended."""
    NEEDLESS = "needless"
    """Accepted, and not refuted: the acceptance can go."""
    KNOWN = "known"
    """It failed in the same way in the earlier report: it does not fail the run."""


EXCUSED = frozenset({Standing.ACCEPTED, Standing.KNOWN})


class Judging(Frozen):
    """By what verdicts are judged: the day, the failures known before, whether needless fails.

    `known` holds id, text and verdict of each claim that did not hold in an earlier report; None
    is no earlier report.
    """

    today: date = field(default_factory=date.today)
    known: frozenset[tuple[str, str, str]] | None = None
    strict: bool = False

    def standing(self, verdict: Verdict) -> Standing:
        """How the verdict stands."""
        accepted = verdict.statement.filing.accepted
        if accepted is not None and verdict.outcome is Outcome.PROVED:
            return Standing.NEEDLESS
        if accepted is not None and verdict.outcome is Outcome.REFUTED:
            return Standing.ACCEPTED if self.today <= accepted.until else Standing.EXPIRED
        if verdict.outcome is not Outcome.PROVED and identity(verdict) in (self.known or ()):
            return Standing.KNOWN
        return Standing.PLAIN

    def fails(self, verdict: Verdict) -> bool:
        """Whether the verdict keeps the run from exit code 0."""
        standing = self.standing(verdict)
        if standing is Standing.NEEDLESS:
            return self.strict
        return verdict.outcome is not Outcome.PROVED and standing not in EXCUSED


def identity(verdict: Verdict) -> tuple[str, str, str]:
    """What makes two failures the same: the claim, as it is written, and the verdict."""
    return verdict.statement.id, verdict.statement.text, verdict.outcome.value


def remark(verdict: Verdict, judging: Judging) -> str:
    """What is added to the verdict's word, empty for most: `accepted until 2027-01-31`."""
    accepted = verdict.statement.filing.accepted
    match judging.standing(verdict), accepted:
        case Standing.ACCEPTED, Acceptance(until=until):
            return f"accepted until {until.isoformat()}"
        case Standing.EXPIRED, Acceptance(until=until):
            return f"accepted only until {until.isoformat()}"
        case Standing.NEEDLESS, _:
            return "its acceptance is no longer needed"
        case Standing.KNOWN, _:
            return "known from the baseline"
        case _:
            return ""


class Tally(Frozen):
    """The claims that are filed under one name, by outcome; those accepted and those failing."""

    name: str
    outcomes: tuple[tuple[Outcome, int], ...]
    excused: int
    failing: int

    @property
    def claims(self) -> int:
        """How many they are."""
        return sum(number for _, number in self.outcomes)


def tallies(verdicts: Sequence[Verdict], judging: Judging, grouping: str) -> tuple[Tally, ...]:
    """A tally for each name that some verdict has by one of the GROUPINGS, in their order."""
    filed: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        for name in GROUPINGS[grouping](verdict):
            filed.setdefault(name, []).append(verdict)
    return in_order((_tally(name, those, judging) for name, those in filed.items()), grouping)


def in_order(found: Iterable[Tally], grouping: str) -> tuple[Tally, ...]:
    """Severities with the greatest first; other names in the order in which they are first met."""
    ranks = [one.value for one in Severity] if grouping == SEVERITY else []
    return tuple(sorted(found, key=lambda one: ranks.index(one.name) if ranks else 0))


def _tally(name: str, verdicts: Sequence[Verdict], judging: Judging) -> Tally:
    counts = [(one, sum(v.outcome is one for v in verdicts)) for one in Outcome]
    return Tally(
        name,
        tuple((one, number) for one, number in counts if number),
        sum(judging.standing(one) in EXCUSED for one in verdicts),
        sum(judging.fails(one) for one in verdicts),
    )


def controls_of(verdict: Verdict) -> tuple[str, ...]:
    """The controls that the claim is evidence for."""
    return verdict.statement.filing.controls


def owners_of(verdict: Verdict) -> tuple[str, ...]:
    """Who answers for the claim, if that is said."""
    owner = verdict.statement.filing.owner
    return (owner,) if owner else ()


def severities_of(verdict: Verdict) -> tuple[str, ...]:
    """How much the claim matters, if that is said."""
    severity = verdict.statement.filing.severity
    return (severity.value,) if severity else ()


SEVERITY = "severity"

GROUPINGS: dict[str, Callable[[Verdict], tuple[str, ...]]] = {
    "control": controls_of,
    "owner": owners_of,
    SEVERITY: severities_of,
}
"""What verdicts are summed up by."""
