"""A solver's values read back: as a connection that reads well, and what symbols stand for."""
