"""Labels, addresses, ports, groups and connections as terms: the twins of the oracle's modules."""
