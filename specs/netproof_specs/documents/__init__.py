"""YAML and JSON as plain values that know where they stand."""
