"""Reports of `explain`: as data and as text."""
