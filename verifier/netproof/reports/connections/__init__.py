"""Reports of `connections`: a map as data, lines, tables, summary and graph."""
