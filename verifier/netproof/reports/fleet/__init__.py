"""Reports of `fleet`: a sheet as data, text, page and findings."""
