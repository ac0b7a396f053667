"""What Kubernetes leaves to the implementation, as named assumptions with defaults."""

from __future__ import annotations

from enum import Enum

from netproof_specs.frozen import Frozen


class Assumption(Enum):
    """An assumption is a question with two answers; `true` and `false` are what they are called.

    The value is the name that a user writes in `--assume name=value`.
    """

    IPBLOCK_MATCHES_PODS = "ipblock-matches-pods"
    UNKNOWN_POD_ADDRESSES = "unknown-pod-addresses"
    HOST_NETWORK = "host-network"
    TIES = "ties"
    CALICO_TYPES = "calico-types"
    CALICO_TUNNELS = "calico-workload-tunnels"
    CALICO_FORWARD = "calico-host-forward"


class Reading(Frozen):
    """How an assumption reads: its two values, the default, what each says, and its clause."""

    when_true: str
    when_false: str
    default: bool
    says_true: str
    says_false: str
    clause: str


READINGS: dict[Assumption, Reading] = {
    Assumption.IPBLOCK_MATCHES_PODS: Reading(
        "yes",
        "no",
        True,
        "an ipBlock matches a pod whose address lies in it",
        "an ipBlock matches addresses outside the cluster only",
        "A.29",
    ),
    Assumption.UNKNOWN_POD_ADDRESSES: Reading(
        "any",
        "unmatched",
        False,
        "a pod whose address the manifests do not give may have any address",
        "a pod whose address the manifests do not give is matched by no ipBlock",
        "A.29",
    ),
    Assumption.HOST_NETWORK: Reading(
        "pod",
        "node",
        False,
        "a hostNetwork pod is subject to policies and selectable like any other pod",
        "a hostNetwork pod is a node address: never a subject and matched by no selector, but as "
        "the host endpoint that it passes, if there is one",
        "A.45",
    ),
    Assumption.TIES: Reading(
        "any",
        "name",
        True,
        "any of the policies of equal priority may go first, for each connection and end anew",
        "of the policies of equal priority the first by name goes first",
        "C.4",
    ),
    Assumption.CALICO_TYPES: Reading(
        "crd",
        "server",
        False,
        "a policy of Calico without `types` gets them by which of its lists are there",
        "a policy of Calico without `types` gets them by which of its lists have elements",
        "D.12",
    ),
    Assumption.CALICO_TUNNELS: Reading(
        "allowed",
        "denied",
        False,
        "pods may send UDP 4789 as far as policies allow it",
        "pods may not send UDP 4789, whatever policies say",
        "D.42",
    ),
    Assumption.CALICO_FORWARD: Reading(
        "any",
        "outside",
        True,
        "what passes a host may be decided by its policies for forwarded traffic or not, wherever "
        "that depends on the set-up, for each connection anew",
        "policies for forwarded traffic decide what pods send to and get from addresses outside, "
        "each direction by itself, and the host accepts what they leave over",
        "D.37",
    ),
}

OF_CALICO = frozenset(
    {Assumption.CALICO_TYPES, Assumption.CALICO_TUNNELS, Assumption.CALICO_FORWARD}
)
"""The questions that only objects of Calico raise."""

Assumptions = frozenset[Assumption]
"""The assumptions that are taken to be true; every other one is taken to be false."""

DEFAULTS: Assumptions = frozenset(a for a, reading in READINGS.items() if reading.default)


def value_of(assumption: Assumption, assumptions: Assumptions) -> str:
    """The value that `assumptions` gives to one assumption, as a user writes it."""
    reading = READINGS[assumption]
    return reading.when_true if assumption in assumptions else reading.when_false


def meaning_of(assumption: Assumption, assumptions: Assumptions) -> str:
    """What `assumptions` says about one assumption, in a sentence without a full stop."""
    reading = READINGS[assumption]
    return reading.says_true if assumption in assumptions else reading.says_false
