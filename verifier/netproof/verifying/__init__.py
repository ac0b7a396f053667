"""From a claim to a verdict: asked, replayed, made readable, held against the input."""
