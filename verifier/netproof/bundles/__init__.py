"""Evidence that outlives the tool: what a bundle holds, how it is packed, and how it is checked."""
