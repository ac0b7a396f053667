"""Two inputs compared: their policies, slice by slice and region by region, or all they connect."""
