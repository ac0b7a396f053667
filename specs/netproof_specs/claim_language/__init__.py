"""Claims as text: read, printed back, and what is wrong with them in words."""
