"""The one table of output formats of each command."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from netproof.comparisons import CompareReport
from netproof.pipeline import Report
from netproof.reports.compare_data import compare_data
from netproof.reports.serial import json_text, yaml_text
from netproof.reports.text import verify_text
from netproof.reports.verify_data import verify_data

VERIFY_FORMATS: Mapping[str, Callable[[Report], str]] = {
    "text": verify_text,
    "json": lambda report: json_text(verify_data(report)),
    "yaml": lambda report: yaml_text(verify_data(report)),
}
COMPARE_FORMATS: Mapping[str, Callable[[CompareReport], str]] = {
    "json": lambda report: json_text(compare_data(report)),
    "yaml": lambda report: yaml_text(compare_data(report)),
}
