"""Pages of one file: the parts that they share, and the pages of commands."""
