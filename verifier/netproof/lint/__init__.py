"""Lint: what is suspicious about policies, one module a family of findings."""
