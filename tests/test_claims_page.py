"""Every example of docs/claims.md is read as the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.claim_texts import parse_claim

from netproof_specs.problems import InputError
from netproof_specs.spec_files.reading import read_spec

PAGE = (Path(__file__).parent.parent / "docs" / "claims.md").read_text(encoding="utf-8")
SPECS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
CLAIMS = [
    line
    for block in re.findall(r"```claims\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
]
MISTAKES = re.findall(r"```mistake\n(.*?)\n```\n\n```text\n(.*?)\n```", PAGE, re.DOTALL)
GROUPS = dict(read_spec("claims.md", SPECS[0]).groups)


def test_the_page_has_examples() -> None:
    assert (len(SPECS), len(CLAIMS) > 15, len(MISTAKES)) == (5, True, 2)


@pytest.mark.parametrize("claim", CLAIMS)
def test_claims_of_the_page(claim: str) -> None:
    parse_claim(claim, GROUPS)


@pytest.mark.parametrize("spec", SPECS)
def test_specs_of_the_page(spec: str) -> None:
    found = read_spec("claims.md", spec)
    assert found.groups or found.statements or found.exclude


@pytest.mark.parametrize(("claim", "shown"), MISTAKES)
def test_mistakes_of_the_page(claim: str, shown: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_claim(claim, GROUPS)
    assert str(caught.value) == shown
