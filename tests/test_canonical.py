"""Canonical forms: equal only where the policies decide alike."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.build import policy, policy_port, requirement, selector
from tests.compare_strategies import Policies, changed, policy_sets
from tests.profiles import examples

from netproof.solving import Answer, Limits, Session
from netproof_encodings.decision.canonical import canonical, look_alike
from netproof_encodings.decision.tiers import Unmatched
from netproof_encodings.differences.obligations import slice_differs
from netproof_encodings.differences.slices import Slice, slices_of, versions_of
from netproof_encodings.lowering import lower
from netproof_specs.model.labels import LabelSelector
from netproof_specs.model.network_policy import BlockPeer, NetworkPolicy, PodPeer, PolicyRule
from netproof_specs.model.traffic import Direction

INGRESS, EGRESS = Direction.INGRESS, Direction.EGRESS
WEB, DB = PodPeer(None, selector(app="web")), PodPeer(None, selector(app="db"))
P80, P443 = policy_port("TCP/80"), policy_port("TCP/443")
P80TO84 = policy_port("TCP/80-84")


def form(*rules: PolicyRule) -> object:
    """The form of one policy with these rules."""
    return ingress([policy("x/p", None, (INGRESS,), rules)])


def ingress(policies: Sequence[NetworkPolicy]) -> object:
    """The form of the policies' ingress."""
    return canonical(lower(policies)[INGRESS])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([PolicyRule((WEB, DB), ())], [PolicyRule((DB, WEB), ())]),
        ([PolicyRule((WEB, DB), ())], [PolicyRule((WEB,), ()), PolicyRule((DB,), ())]),
        (
            [PolicyRule((WEB,), (P80, P443))],
            [PolicyRule((WEB,), (P443,)), PolicyRule((WEB,), (P80,))],
        ),
        ([PolicyRule((WEB,), (P80, P80))], [PolicyRule((WEB,), (P80,))]),
        ([PolicyRule((), (policy_port("-/80"),))], [PolicyRule((), (P80,))]),
        (
            [PolicyRule((WEB,), (policy_port("TCP/80-90"),))],
            [PolicyRule((WEB,), (policy_port("TCP/85-90"),)), PolicyRule((WEB,), (P80TO84,))],
        ),
        (
            [PolicyRule((WEB,), (policy_port("TCP/80-90"), policy_port("TCP/82")))],
            [PolicyRule((WEB,), (policy_port("TCP/80-90"),))],
        ),
        (
            [PolicyRule((BlockPeer("10.0.0.0/8", ("10.1.0.0/16", "10.2.0.0/16")),), ())],
            [PolicyRule((BlockPeer("10.0.0.0/8", ("10.2.0.0/16", "10.1.0.0/16")),), ())],
        ),
    ],
)
def test_alike(one: list[PolicyRule], other: list[PolicyRule]) -> None:
    assert form(*one) == form(*other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([], [PolicyRule((), ())]),
        ([PolicyRule((WEB,), ())], [PolicyRule((), ())]),
        (
            [PolicyRule((WEB,), (P80,)), PolicyRule((DB,), (P443,))],
            [PolicyRule((WEB, DB), (P80, P443))],
        ),
        ([PolicyRule((), (policy_port("UDP/-"),))], [PolicyRule((), ())]),
        ([PolicyRule((), (policy_port("UDP/80"),))], [PolicyRule((), (P80,))]),
        ([PolicyRule((), (policy_port("TCP/80-81"),))], [PolicyRule((), (P80,))]),
        (
            [PolicyRule((WEB,), (policy_port("TCP/80-90"),))],
            [PolicyRule((WEB,), (policy_port("TCP/86-90"),)), PolicyRule((WEB,), (P80TO84,))],
        ),
        (
            [PolicyRule((WEB,), (policy_port("TCP/80-90"),))],
            [PolicyRule((WEB,), (policy_port("UDP/85-90"),)), PolicyRule((WEB,), (P80TO84,))],
        ),
        ([PolicyRule((), (policy_port("TCP/http"),))], [PolicyRule((), (policy_port("TCP/-"),))]),
        (
            [PolicyRule((BlockPeer("10.0.0.0/8", ("10.1.0.0/16",)),), ())],
            [PolicyRule((BlockPeer("10.0.0.0/8"),), ())],
        ),
        ([PolicyRule((), (policy_port("-/-"),))], [PolicyRule((), ())]),
        ([PolicyRule((PodPeer(selector(app="web"), None),), ())], [PolicyRule((WEB,), ())]),
        (
            [PolicyRule((PodPeer(selector(), selector(app="web")),), ())],
            [PolicyRule((WEB,), ())],
        ),
        (
            [PolicyRule((PodPeer(None, LabelSelector((requirement("app in web"),))),), ())],
            [PolicyRule((PodPeer(None, LabelSelector((requirement("app notin web"),))),), ())],
        ),
    ],
)
def test_not_alike(one: list[PolicyRule], other: list[PolicyRule]) -> None:
    assert form(*one) != form(*other)


def test_policies_of_one_subject_add_up() -> None:
    web, db = PolicyRule((WEB,), ()), PolicyRule((DB,), ())
    apart = [policy("x/a", ingress=(web,)), policy("x/b", ingress=(db,))]
    assert ingress(apart) == form(web, db)
    assert ingress([*apart, replace(apart[0], name="again")]) == form(web, db)


def test_what_states_the_same_looks_alike_and_nothing_else_does() -> None:
    """Names and places of policies count in neither way; whom they select and what ties do."""
    web = [policy("x/a", ingress=(PolicyRule((WEB,), ()),)), policy("x/b", selector(app="db"))]
    renamed = [replace(one, name=f"{one.name}2") for one in web]
    for others, alike in (
        (renamed, True),
        (web[::-1], True),
        ([web[0], web[0]], False),
        ([web[0]], False),
        ([web[0], replace(web[1], subject=selector(app="web"))], False),
        ([replace(web[0], ingress=()), web[1]], False),
    ):
        pair = lower(web)[INGRESS], lower(others)[INGRESS]
        assert look_alike(*pair) is look_alike(*pair[::-1]) is alike
    tier = lower(web)[INGRESS][0]
    assert not look_alike((tier,), (replace(tier, unmatched=Unmatched.PASS),))


def test_isolation_without_rules_counts() -> None:
    assert ingress([]) != form()
    assert ingress([policy("x/p", types=(EGRESS,))]) == ingress([])


def test_rules_of_a_direction_not_in_force_are_no_matter() -> None:
    """A.11."""
    dead = policy("x/p", None, (EGRESS,), ingress=(PolicyRule((WEB,), ()),))
    assert slices_of(versions_of([dead], [replace(dead, ingress=())])) == []


@examples(40, 400)
@given(policy_sets(most=3), st.randoms(use_true_random=False))
def test_equal_forms_decide_alike(given_: Policies, rng: random.Random) -> None:
    """Whatever the form calls alike, the solver finds no difference in."""
    other = changed(given_, rng)
    for space in ("x", "y"):
        sides = versions_of(in_space(given_, space), in_space(other, space))
        for direction in Direction:
            old, new = sides.old[direction], sides.new[direction]
            if canonical(old) == canonical(new):
                part = Slice(space, direction, old, new)
                assert Session(slice_differs(part), Limits()).check(()) is Answer.UNSAT


def in_space(policies: Policies, space: str) -> tuple[NetworkPolicy, ...]:
    """The policies of the namespace."""
    return tuple(one for one in policies if one.namespace == space)
