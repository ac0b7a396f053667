"""`python -m netproof`."""

from netproof.cli import entry

entry()
