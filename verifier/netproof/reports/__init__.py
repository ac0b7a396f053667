"""Verdicts as text for people and as data for machines: one module a format."""
