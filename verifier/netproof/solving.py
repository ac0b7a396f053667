"""The solver: SMT-LIB text in, an answer out. The only module that knows z3.

A session is one SMT-LIB script that Z3 reads piece by piece, so what it decides is the text that
a certificate holds, byte for byte.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import Enum
from typing import Any

from netproof_encodings.logic.smtlib import read_values
from netproof_specs.frozen import Frozen


class Answer(Enum):
    """What a solver says of a script."""

    SAT = "sat"
    UNSAT = "unsat"
    UNKNOWN = "unknown"


class SolverError(Exception):
    """The solver rejected our text: a defect of ours."""


class Deadline(Frozen):
    """When a run has to be over: some `seconds` after its start, at a time of `monotonic`."""

    seconds: float
    at: float

    def is_over(self) -> bool:
        """Whether that time has come."""
        return time.monotonic() >= self.at

    def because(self) -> str:
        """Why something was left open, in a sentence without a full stop."""
        return f"the deadline of {self.seconds:g} s was reached"


def milliseconds_of(deadline: Deadline | None) -> int | None:
    """How long a run may take, as reports say it."""
    return None if deadline is None else round(deadline.seconds * 1000)


def deadline_of(milliseconds: int | None) -> Deadline | None:
    """The deadline of a run that begins now."""
    if milliseconds is None:
        return None
    return Deadline(milliseconds / 1000, time.monotonic() + milliseconds / 1000)


class Limits(Frozen):
    """Bounds on one check; 0 is none. `rlimit` is Z3's deterministic measure of work.

    From the deadline on, if there is one, every check is left open.
    """

    milliseconds: int = 0
    rlimit: int = 0
    deadline: Deadline | None = None

    def open_because(self) -> str:
        """Why no further check will be decided; nothing while there is time."""
        over = self.deadline is not None and self.deadline.is_over()
        return self.deadline.because() if self.deadline is not None and over else ""

    def now(self) -> Limits:
        """The bounds on a check that begins now."""
        if self.deadline is None:
            return self
        left = max(1, round((self.deadline.at - time.monotonic()) * 1000))
        if self.milliseconds and self.milliseconds <= left:
            return Limits(self.milliseconds, self.rlimit)
        return Limits(left, self.rlimit, self.deadline)


class Session:
    """A Z3 process of thought: text sent earlier is in force for every later check.

    A class because a solver has state. One session belongs to one thread.
    """

    def __init__(self, text: str, limits: Limits, logic: str = "QF_FD") -> None:
        import z3  # noqa: PLC0415 (costs 70 to 220 ms, which --help should not pay)

        _keep_freed_memory()
        self._z3: Any = z3
        self._limits = limits
        self._unknown_because = ""
        self._scopes = [[f"{_OPTIONS}(set-logic {logic})\n{text}"]]
        self._spent = 0
        self._start()

    def _start(self) -> None:
        """Lets a new solver read all text in force."""
        self._cut_short = False
        self._context = self._z3.Context()
        for depth, texts in enumerate(self._scopes):
            if depth:
                self.send(f"{_limiting(_UNLIMITED)}(push 1)")
            for text in texts:
                self.send(text)

    def _restored(self) -> None:
        """A solver that can be relied on: one that a limit cut short may have lost clauses."""
        if self._cut_short:
            self._spent = self.work()
            self._start()

    def send(self, text: str) -> str:
        """Lets the solver read some text and gives what it prints; raises SolverError."""
        try:
            answer = str(self._z3.Z3_eval_smtlib2_string(self._context.ref(), text))
        except self._z3.Z3Exception as error:
            raise SolverError(str(error)) from error
        if "(error " in answer:
            raise SolverError(answer)
        return answer

    def add(self, text: str) -> None:
        """Adds declarations and assertions to the innermost scope; raises SolverError."""
        self._restored()
        self.send(text)
        self._scopes[-1].append(text)

    def push(self, text: str = "") -> None:
        """Opens a scope, with some text in it; raises SolverError.

        Z3 takes in here what was sent before, which a limit for checks must not cut short.
        """
        self._restored()
        self.send(f"{_limiting(_UNLIMITED)}(push 1)\n{text}")
        self._scopes.append([text])

    def pop(self) -> None:
        """Forgets the innermost scope."""
        self._scopes.pop()
        if not self._cut_short:
            self.send("(pop 1)")

    @contextmanager
    def scope(self, text: str = "") -> Iterator[None]:
        """Runs the block in a scope of its own, with some text in it; raises SolverError."""
        self.push(text)
        try:
            yield
        finally:
            self.pop()

    def check(self, assumed: Sequence[str]) -> Answer:
        """Decides whether the text in force has a model in which the literals are true.

        The limits end with it, so that they bind nothing that other sessions send.
        Raises KeyboardInterrupt where the check was interrupted from the keyboard.
        """
        if because := self._limits.open_because():
            self._unknown_because = because
            return Answer.UNKNOWN
        self._restored()
        before, started, limits = self.work(), time.monotonic(), self._limits.now()
        question = f"(check-sat-assuming ({' '.join(assumed)}))\n"
        limited = f"{_limiting(limits)}{question}{_limiting(_UNLIMITED)}"
        answer = Answer(self.send(limited).strip())
        if answer is Answer.UNKNOWN:
            seconds = time.monotonic() - started
            self._unknown_because = self._reason(limits, self.work() - before, seconds)
            self._cut_short = True
        return answer

    def _reason(self, limits: Limits, work: int, seconds: float) -> str:
        """Which limit a check hit; raises KeyboardInterrupt where it hit none and was cancelled.

        Z3 says `canceled` of a limit as well as of Ctrl-C, so what was spent has to tell.
        """
        reason = self.send("(get-info :reason-unknown)")
        if limits.milliseconds and ("timeout" in reason or seconds * 1000 >= limits.milliseconds):
            if limits.deadline is not None:
                return limits.deadline.because()
            return f"the time limit of {limits.milliseconds / 1000:g} s was reached"
        if limits.rlimit and work >= limits.rlimit:
            return f"the limit of {limits.rlimit} units of work was reached"
        if any(word in reason for word in ("canceled", "interrupted")):
            raise KeyboardInterrupt
        return f"the solver gave up: {' '.join(reason.split())}"

    def unknown_because(self) -> str:
        """Why the last undecided check was left so, in a sentence without a full stop."""
        return self._unknown_because

    def values(self, names: Sequence[str]) -> dict[str, int]:
        """The values of symbols in the model of the last check, which must have been sat."""
        return read_values(self.send(f"(get-value ({' '.join(names)}))")) if names else {}

    def core(self) -> list[str]:
        """Literals of the last check, which must have been unsat, that are enough for that."""
        return self.send("(get-unsat-assumptions)").strip().strip("()").split()

    def work(self) -> int:
        """What the session has spent so far, in Z3's deterministic units."""
        text = self.send("(get-info :rlimit)").strip()
        return self._spent + int("".join(ch for ch in text if ch.isdigit()) or 0)


def _keep_freed_memory() -> None:
    """Has glibc keep what a session frees for the next one; elsewhere nothing is done.

    Z3 takes 16 MB for each session. To give them back to the system and take them anew costs four
    times what is done with them, in page faults.
    """
    with suppress(AttributeError, OSError, TypeError):  # no glibc, or none that can be asked
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_TRIM_THRESHOLD, 64 << 20)
        mallopt(_MMAP_THRESHOLD, 32 << 20)


_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""The numbers of these options in glibc's `malloc.h`."""


def _limiting(limits: Limits) -> str:
    """Sets both limits, or lifts them: Z3 keeps them for the whole process, not for a session."""
    return (
        f"(set-option :timeout {limits.milliseconds or _NO_TIMEOUT})\n"
        f"(set-option :rlimit {limits.rlimit})\n"
    )


_OPTIONS = """(set-option :produce-unsat-assumptions true)
(set-option :produce-models true)
(set-option :sat.simplify.delay 10000)
"""
"""A session asks many easy questions of one text: to simplify it anew for each, before so many
conflicts, takes longer than to answer."""
_NO_TIMEOUT = 2**32 - 1
_UNLIMITED = Limits()


def versions() -> dict[str, str]:
    """The solver's name and version."""
    import z3  # noqa: PLC0415

    z3_any: Any = z3
    return {"z3": str(z3_any.get_version_string())}
