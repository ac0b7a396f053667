"""Files of claims: their groups, policy sets, catalogues, claims and what these are filed under."""
