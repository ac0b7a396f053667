"""The table of output formats of `netproof fleet`."""

from __future__ import annotations

from netproof.reports.fleet.data import fleet_data
from netproof.reports.fleet.findings import fleet_junit, fleet_told
from netproof.reports.fleet.page import fleet_html, fleet_markdown
from netproof.reports.fleet.text import fleet_text
from netproof.reports.told import formats_of

FLEET_FORMATS = formats_of(
    fleet_text, fleet_data, fleet_told, fleet_junit, fleet_markdown, fleet_html
)
