"""The model: what the manifests state, as frozen data that answers no question about meaning."""
