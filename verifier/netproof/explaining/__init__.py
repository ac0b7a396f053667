"""Why one connection is allowed or denied, with everything that looked at it."""
