"""Reports of `compare` on policies: as data, as text, as findings."""
