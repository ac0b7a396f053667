"""The codes of lint: stable numbers, never used twice (docs/lint.md has a section for each)."""

from __future__ import annotations

from enum import Enum

from netproof_specs.frozen import Frozen


class Severity(Enum):
    """How much a finding weighs: an error is wrong whatever was meant."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """Greater for what weighs more."""
        return list(Severity).index(self)


class Code(Frozen):
    """A kind of finding: its number, short name, usual severity, and what it is about.

    `why` says in one or two sentences why it matters; `clause` names rules of docs/semantics.md.
    """

    id: str
    name: str
    severity: Severity
    title: str
    why: str
    clause: str


_ALL = (
    Code(
        "NP001",
        "policy-selects-nothing",
        Severity.WARNING,
        "a policy selects no pod",
        "A policy without pods isolates nothing and admits nothing: the pods that it was written "
        "for are as open, or as closed, as without it.",
        "A.6",
    ),
    Code(
        "NP002",
        "peer-matches-nothing",
        Severity.WARNING,
        "a peer matches no pod",
        "The pods that the peer was meant to admit are not admitted by it.",
        "A.17",
    ),
    Code(
        "NP003",
        "rule-matches-nothing",
        Severity.WARNING,
        "a rule matches no pod",
        "The rule admits no connection of the pods in the input, so what it was written for does "
        "not work, or it is left over.",
        "A.14",
    ),
    Code(
        "NP004",
        "contradictory-selector",
        Severity.ERROR,
        "a selector contradicts itself",
        "The API server accepts requirements that no set of labels can meet together; the "
        "selector matches nothing, now and for ever.",
        "A.23",
    ),
    Code(
        "NP005",
        "policy-removable",
        Severity.WARNING,
        "a policy has no effect in any cluster",
        "Whatever pods and namespaces there are, every connection is decided as it would be "
        "without the policy: it costs attention and suggests a protection that others give.",
        "A.5",
    ),
    Code(
        "NP006",
        "rule-removable",
        Severity.WARNING,
        "a rule has no effect in any cluster",
        "Whatever pods and namespaces there are, every connection is decided as it would be "
        "without the rule.",
        "A.5",
    ),
    Code(
        "NP007",
        "rule-shadowed",
        Severity.WARNING,
        "a rule is shadowed by another",
        "Another rule admits everything that this rule admits. Whoever tightens one of the two "
        "will be surprised that nothing changes.",
        "A.5",
    ),
    Code(
        "NP008",
        "policy-removable-here",
        Severity.INFO,
        "a policy has no effect on the pods of the input",
        "Every connection of the pods in the input is decided as it would be without the policy; "
        "other pods would feel the difference.",
        "A.5",
    ),
    Code(
        "NP009",
        "rule-removable-here",
        Severity.INFO,
        "a rule has no effect on the pods of the input",
        "Every connection of the pods in the input is decided as it would be without the rule, "
        "often because the other end does not allow the connection.",
        "A.5, A.7",
    ),
    Code(
        "NP010",
        "ignored-direction",
        Severity.WARNING,
        "rules in a direction that policyTypes leaves out",
        "Where policyTypes is given it decides alone: rules of another direction are stored and "
        "ignored, and the pods stay open in that direction.",
        "A.11, A.12",
    ),
    Code(
        "NP011",
        "implied-ingress",
        Severity.WARNING,
        "egress rules without policyTypes also cut off ingress",
        "Without policyTypes a policy always isolates ingress. A policy that has only egress "
        "rules therefore denies every connection to its pods.",
        "A.10",
    ),
    Code(
        "NP012",
        "empty-direction",
        Severity.WARNING,
        "an empty rule list that isolates nothing",
        "An empty list denies a direction only if the direction is among the policy's types; "
        "without policyTypes, `egress: []` does not make it one.",
        "A.10, A.11",
    ),
    Code(
        "NP013",
        "label-key-spelling",
        Severity.WARNING,
        "a label key that looks misspelt",
        "Label keys are case-sensitive data: no API check notices `Tier` where the pods have "
        "`tier`, and the selector matches nothing.",
        "B.3",
    ),
    Code(
        "NP014",
        "label-value-spelling",
        Severity.WARNING,
        "a label value that looks misspelt",
        "Label values are case-sensitive data: no API check notices a value that nothing carries.",
        "B.3",
    ),
    Code(
        "NP015",
        "null-element",
        Severity.ERROR,
        "a list element without a value",
        "A bare `-` decodes to the empty element. The empty rule admits everything; the empty "
        "port is every port of TCP.",
        "A.15, A.32",
    ),
    Code(
        "NP016",
        "null-field",
        Severity.WARNING,
        "a field without a value",
        "A key with nothing after it counts as absent, not as empty, and absent often means "
        "everything: any peer, any port, every pod.",
        "A.2, A.14, A.19",
    ),
    Code(
        "NP017",
        "egress-without-dns",
        Severity.WARNING,
        "pods whose egress is restricted cannot ask DNS",
        "A pod that may open connections to a service but not to DNS cannot find the service by "
        "its name.",
        "A.46",
    ),
    Code(
        "NP018",
        "dns-over-tcp-only",
        Severity.WARNING,
        "port 53 is admitted for TCP only",
        "The protocol of a port is TCP unless given, and DNS asks over UDP first.",
        "A.31",
    ),
    Code(
        "NP019",
        "undeclared-port-name",
        Severity.WARNING,
        "a named port that no destination declares",
        "A port name is looked up on each destination pod; where the pod does not declare it for "
        "that protocol, the element matches nothing.",
        "A.35",
    ),
    Code(
        "NP020",
        "unknown-namespace-label",
        Severity.WARNING,
        "a namespace label that no namespace carries",
        "Only `kubernetes.io/metadata.name` is set automatically; every other label must be put "
        "on the namespace by somebody.",
        "A.25",
    ),
    Code(
        "NP021",
        "not-isolated",
        Severity.INFO,
        "a namespace with pods that no policy isolates",
        "A pod that no policy selects in a direction has no restriction in that direction.",
        "A.4",
    ),
    Code(
        "NP022",
        "deny-undone",
        Severity.WARNING,
        "a default deny that another policy undoes",
        "Policies add up: there is no deny rule, so a policy that admits everything leaves "
        "nothing of another that denies everything.",
        "A.5",
    ),
    Code(
        "NP023",
        "policies-add-up",
        Severity.INFO,
        "policies for the same pods admit the union of what they list",
        "Two policies that each read as `only from ...` admit both: neither `only` holds.",
        "A.5",
    ),
    Code(
        "NP024",
        "duplicate-element",
        Severity.INFO,
        "the same peer or port twice in one rule",
        "The second one changes nothing; perhaps another one was meant.",
        "B.18",
    ),
    Code(
        "NP025",
        "dropped-field",
        Severity.WARNING,
        "lenient decoding drops a field",
        "What is left can mean something else: a rule without its ports admits every port, one "
        "without `from` admits everybody.",
        "B.2",
    ),
    Code(
        "NP026",
        "tied-policies",
        Severity.WARNING,
        "policies in one place that decide differently",
        "Among policies of one priority or order no order is promised: what they decide "
        "differently may change with a release, or with the name of a policy.",
        "C.4, D.5",
    ),
    Code(
        "NP027",
        "not-reached",
        Severity.WARNING,
        "a rule that others before it never let anything reach",
        "The first rule that matches decides, in the first tier that does: what stands after a "
        "rule for everything, or in a later tier, may never be asked.",
        "C.3, D.2",
    ),
    Code(
        "NP028",
        "allow-isolates",
        Severity.INFO,
        "a policy of Calico that only allows, and isolates by that",
        "To be selected isolates, in a tier that denies at its end: a policy that was added to "
        "allow something denies everything else to whom no other policy selects.",
        "D.3",
    ),
)
CODES = {code.id: code for code in _ALL}
"""Every code by its number, in ascending order."""
