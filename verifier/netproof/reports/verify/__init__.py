"""Reports of `verify`: as data, as text, as findings."""
