"""Many clusters in one run: what is asked of each, who works on it, and what reports tell."""
