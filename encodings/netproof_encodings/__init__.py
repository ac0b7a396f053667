"""What it means: policies and claims as SMT-LIB text."""
