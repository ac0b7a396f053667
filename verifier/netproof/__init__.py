"""Whether it holds: verdicts on claims about Kubernetes network policies."""
