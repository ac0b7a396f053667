"""JUnit: a claim is a test case, and no name breaks the XML."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from tests.reporting import (
    HOSTILE,
    NARROWED,
    POLICY,
    WIDENED,
    comparison,
    hostile,
    undecided,
    verdicts,
)

from netproof.reports.formats import COMPARE_FORMATS, VERIFY_FORMATS

Element = ElementTree.Element


def suite_of(text: str) -> Element:
    """The one suite, whose counts must be right."""
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n')
    root = ElementTree.fromstring(text.encode("utf-8"))
    assert root.tag == "testsuites"
    (suite,) = root
    for holder in (root, suite):
        assert int(holder.attrib["tests"]) == len(suite.findall("testcase"))
        assert int(holder.attrib["failures"]) == len(suite.findall("testcase/failure"))
        assert int(holder.attrib["errors"]) == len(suite.findall("testcase/error"))
    return suite


def test_proved_and_refuted_claims() -> None:
    report = verdicts("only shop/web can reach shop/db", "shop/web cannot reach shop/db")
    suite = suite_of(VERIFY_FORMATS["junit"](report))
    assert suite.attrib["name"] == "netproof verify"
    proved, refuted = suite.findall("testcase")
    assert proved.attrib == {
        "name": "claim-1: only shop/web can reach shop/db",
        "classname": "netproof.verify",
    }
    assert [one.tag for one in proved] == ["properties"]
    assert [one.tag for one in refuted] == ["properties", "failure"]
    failure = refuted[1]
    assert failure.attrib["type"] == "REFUTED"
    assert failure.attrib["message"] == "Counterexample: shop/web  ->  shop/db  TCP/5432"
    assert failure.text is not None
    assert "allowed  shop/to-db ingress[0] admits it  (policy.yaml:9:5)" in failure.text


def test_vacuous_and_unknown_claims() -> None:
    suite = suite_of(VERIFY_FORMATS["junit"](hostile("x")))
    cases = suite.findall("testcase")
    tags = [[one.tag for one in case[1:]] for case in cases]
    assert tags == [["failure"], ["failure"], ["error"], []]
    assert [case[1].attrib["type"] for case in cases[:3]] == ["REFUTED", "VACUOUS", "UNKNOWN"]


def test_the_encoding_does_not_matter() -> None:
    text = VERIFY_FORMATS["junit"](hostile("naïve ☃"))
    assert text.isascii()
    assert suite_of(text).findall("testcase")[3].attrib["name"] == "naïve ☃: naïve ☃"


def test_comparisons() -> None:
    (case,) = suite_of(COMPARE_FORMATS["junit"](comparison())).findall("testcase")
    assert (case.attrib["name"], list(case)) == ("NEW is equivalent to OLD", [])
    (case,) = suite_of(COMPARE_FORMATS["junit"](comparison(POLICY, NARROWED))).findall("testcase")
    assert (case[0].tag, case[0].attrib["type"]) == ("failure", "INCOMPARABLE")
    assert case[0].text is not None
    assert "+ pods(app=web) in ns:shop  ->  pods(app=db) in ns:shop  TCP/5433" in case[0].text
    wider = comparison(POLICY, WIDENED, "wider-or-equal")
    (case,) = suite_of(COMPARE_FORMATS["junit"](wider)).findall("testcase")
    assert list(case) == []
    (case,) = suite_of(COMPARE_FORMATS["junit"](undecided(comparison()))).findall("testcase")
    assert (case[0].tag, case[0].attrib["type"]) == ("error", "UNKNOWN")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name: str) -> None:
    suite = suite_of(VERIFY_FORMATS["junit"](hostile(name)))
    tags = {"testsuite", "testcase", "failure", "error", "properties", "property"}
    assert {one.tag for one in suite.iter()} == tags
    assert len(suite.findall("testcase")) == 4
    for one in suite.iter():
        for text in (*one.attrib.values(), one.text or ""):
            assert all(ch == "\n" or ch.isprintable() for ch in text)
