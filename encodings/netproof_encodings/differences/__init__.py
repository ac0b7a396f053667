"""Where two sets of policies decide differently, if anywhere, region by region."""
