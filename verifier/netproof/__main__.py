"""`python -m netproof`."""

from netproof.cli import entry

if __name__ == "__main__":
    entry()
