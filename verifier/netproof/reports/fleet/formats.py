"""The table of output formats of `netproof fleet`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from netproof.fleet.sheets import FleetReport
from netproof.reports.fleet.data import fleet_data
from netproof.reports.fleet.findings import fleet_junit, fleet_told
from netproof.reports.fleet.page import fleet_html, fleet_markdown
from netproof.reports.fleet.text import fleet_text
from netproof.reports.serial import data_formats
from netproof.reports.told import host_formats, sarif_formats

FLEET_FORMATS: Mapping[str, Callable[[FleetReport], str]] = {
    "text": fleet_text,
    **data_formats(fleet_data),
    **sarif_formats(fleet_told),
    "junit": fleet_junit,
    "markdown": fleet_markdown,
    "html": fleet_html,
    **host_formats(fleet_told),
}
