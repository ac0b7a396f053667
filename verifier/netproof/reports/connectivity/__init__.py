"""Reports of `compare --what connectivity`: as data, as text, as findings."""
