"""Proofs that a checker of one page accepts: a SAT solver, and each step with its reasons."""
