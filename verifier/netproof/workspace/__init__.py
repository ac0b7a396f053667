"""A cluster that stays loaded while its files change, with the verdicts that are known of it."""
