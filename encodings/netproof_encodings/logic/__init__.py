"""A language of terms small enough for a second back end, its text, and its clauses."""
