"""The commands, one module each; a command reads its options and prints what others made."""
