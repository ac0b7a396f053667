"""Text that is unsatisfiable iff something holds: of claims, differences, removals and orders."""
