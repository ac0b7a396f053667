"""Bitwuzla and cvc5 read the same certificates and answer as Z3 does."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.build import namespace, policy, policy_port, requirement
from tests.profiles import examples, is_thorough, some
from tests.second_solver import SOLVERS
from tests.strategies import assumptions, claims, clusters

from netproof.cli import main
from netproof.solving import Answer, Limits, Session
from netproof_encodings.meaning.claims import groups_of
from netproof_encodings.obligations.claims import (
    Stage,
    certificate,
    in_domain,
    literals,
    occupied,
    sought,
    stage,
)
from netproof_specs.assumptions import DEFAULTS, Assumptions
from netproof_specs.claims import Anything, CannotReach, ConnectionClaim, Group
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.labels import LabelSelector
from netproof_specs.model.network_policy import PodPeer, PolicyRule
from netproof_specs.worlds import World

EXAMPLES = Path(__file__).parents[1] / "examples"
COMMANDS = sorted(EXAMPLES.rglob("command"))
SPECS = sorted(EXAMPLES.rglob("spec.yaml"))
ARGUMENTS = re.compile(r"# exit code \d+\nnetproof (?P<arguments>.+)\n")


def obligations(on: Stage, claim: ConnectionClaim) -> Iterator[str]:
    """Every text that a verdict on the claim rests on."""
    yield from (text for _, text in occupied(on, claim))
    yield in_domain(on, claim)
    yield sought(on, claim)


@pytest.fixture(scope="module")
def session() -> Session:
    """One Z3 for all, since a new one costs more than a claim."""
    return Session("", Limits())


def check_claim(
    session: Session, on: Stage, claim: ConnectionClaim, assumed: Assumptions
) -> list[Answer]:
    """All solvers give one answer on each obligation of the claim, which are returned."""
    values = literals(on, assumed, None)
    answers: list[Answer] = []
    for text in obligations(on, claim):
        session.push(on.text + text)
        expected = session.check(values)
        session.pop()
        script = certificate(on.text, text, values)
        assert {name: solve(script) for name, solve in SOLVERS.items()} == dict.fromkeys(
            SOLVERS, expected
        )
        answers.append(expected)
    return answers


@dataclass(slots=True)
class Transcript:
    """What sessions were told, scope by scope, and every check as a script with its answer."""

    scopes: dict[int, list[str]] = field(default_factory=dict)
    checks: dict[str, Answer] = field(default_factory=dict)

    def note(self, session: int, text: str, answer: str) -> None:
        """Notes what was sent to a session, and what it said."""
        scopes = self.scopes.setdefault(session, [""])
        said = "".join(f"{line}\n" for line in text.splitlines() if not line.startswith("(set-"))
        if (check := CHECK.fullmatch(said)) is not None:
            facts = "".join(f"(assert {one})\n" for one in LITERAL.findall(check["literals"]))
            script = f"(set-logic QF_BV)\n{''.join(scopes)}{facts}(check-sat)\n"
            self.checks[script] = Answer(answer.strip())
        elif said.startswith("(push 1)\n"):
            scopes.append(said.removeprefix("(push 1)\n"))
        elif said == "(pop 1)\n":
            scopes.pop()
        elif not said.startswith("(get-"):
            scopes[-1] += said


CHECK = re.compile(r"\(check-sat-assuming \((?P<literals>.*)\)\)\n")
LITERAL = re.compile(r"\(not [^()\s]+\)|[^()\s]+")


@pytest.fixture
def transcript(monkeypatch: pytest.MonkeyPatch) -> Transcript:
    """Everything that Z3 is asked from now on."""
    found = Transcript()
    sessions: list[Session] = []
    send = Session.send

    def recording(session: Session, text: str) -> str:
        if not any(session is one for one in sessions):
            sessions.append(session)
        answer = send(session, text)
        found.note(id(session), text, answer)
        return answer

    monkeypatch.setattr(Session, "send", recording)
    return found


def arguments_of(command: Path) -> list[str]:
    """The arguments of an example's command."""
    form = ARGUMENTS.fullmatch(command.read_text(encoding="utf-8"))
    assert form is not None
    return shlex.split(form["arguments"])


@pytest.mark.generated
@pytest.mark.parametrize(
    "command", some(COMMANDS, 15), ids=lambda one: str(one.parent.relative_to(EXAMPLES))
)
def test_examples(command: Path, transcript: Transcript, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that Z3 answers on the way to a report, the search for cores and turns too."""
    monkeypatch.chdir(command.parent)
    code = main(arguments_of(command))
    assert transcript.checks or code == 2 or arguments_of(command)[0] != "verify"
    for script, answer in spread(transcript.checks):
        assert {name: solve(script) for name, solve in SOLVERS.items()} == dict.fromkeys(
            SOLVERS, answer
        )


def test_comparison_is_re_decided_too(
    transcript: Transcript, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some commands ask Z3 nothing, so that the test above might not look at this one."""
    folder = EXAMPLES / "merge" / "careless"
    monkeypatch.chdir(folder)
    assert main(arguments_of(folder / "command")) == 1
    assert {*transcript.checks.values()} == {Answer.SAT, Answer.UNSAT}


def spread(checks: dict[str, Answer]) -> list[tuple[str, Answer]]:
    """All of the checks in the profile `thorough`, else a few of them from first to last."""
    every = 1 if is_thorough() else 1 + len(checks) // 30
    return [*checks.items()][::every]


def test_every_spec_is_asked_by_some_command() -> None:
    read = {
        (command.parent / word).resolve() for command in COMMANDS for word in arguments_of(command)
    }
    assert {*SPECS} <= read


@examples(usual=15, thorough=400)
@given(data=st.data(), world=st.sampled_from(World), assumed=assumptions)
def test_random_claims(
    session: Session, data: st.DataObject, world: World, assumed: Assumptions
) -> None:
    cluster = data.draw(clusters())
    claim = data.draw(claims(cluster, world))
    on = stage(cluster, world, [group.endpoints for group in groups_of(claim)])
    check_claim(session, on, claim, assumed)


@pytest.mark.parametrize(
    "key",
    [
        "app",
        "app.kubernetes.io/name",
        "example.com/With_Under.Score-and-dash",
        "0-starts/9with.digits",
        "and",
        "x/true",
        "Tier",
    ],
)
def test_every_label_key_is_a_symbol(session: Session, key: str) -> None:
    """Keys hold `.`, `-`, `_` and `/`, all of them legal in simple symbols of SMT-LIB."""
    selector = LabelSelector((replace(requirement("k in a,''"), key=key),))
    rule = PolicyRule((PodPeer(selector, selector),), (policy_port("-/0a-and-1"),))
    cluster = Cluster((namespace("x"),), (), (policy("x/p", selector, ingress=(rule,)),))
    anything = Group("anything", Anything())
    on = stage(cluster, World.ANY_CLUSTER, [Anything()])
    assert f"src.label.{key} " in on.text
    assert f"src.namespace-label.{key} " in on.text
    answers = check_claim(session, on, CannotReach(anything, anything, ()), DEFAULTS)
    assert answers == [Answer.SAT] * 2
