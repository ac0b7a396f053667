"""What of a cluster a claim can concern, and how much of it is held for one."""
