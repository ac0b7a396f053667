"""Reports of `watch`: what a change turns, as text and as a line of JSON."""
