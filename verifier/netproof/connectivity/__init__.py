"""Connectivity: the map of all allowed connections of the snapshot, for sets of ports at once.

It reads the tiers through the fold, and knows no policy kind and no solver. Where the oracle
decides one connection, this decides all of them, on classes of pods and blocks of addresses
(`points`), with the answer for every port in one value (`portsets`). The oracle is what it is
held against.
"""
