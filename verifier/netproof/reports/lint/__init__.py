"""Reports of `lint`: as data, text and findings."""
