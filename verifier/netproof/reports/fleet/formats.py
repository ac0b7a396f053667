"""The table of output formats of `netproof fleet`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from netproof.fleet.sheets import FleetReport
from netproof.reports.fleet.data import fleet_data
from netproof.reports.fleet.findings import (
    fleet_code_scanning,
    fleet_github,
    fleet_gitlab,
    fleet_junit,
    fleet_sarif,
)
from netproof.reports.fleet.page import fleet_html, fleet_markdown
from netproof.reports.fleet.text import fleet_text
from netproof.reports.serial import json_text, yaml_text

FLEET_FORMATS: Mapping[str, Callable[[FleetReport], str]] = {
    "text": fleet_text,
    "json": lambda report: json_text(fleet_data(report)),
    "yaml": lambda report: yaml_text(fleet_data(report)),
    "sarif": fleet_sarif,
    "code-scanning": fleet_code_scanning,
    "junit": fleet_junit,
    "markdown": fleet_markdown,
    "html": fleet_html,
    "gitlab": fleet_gitlab,
    "github": fleet_github,
}
