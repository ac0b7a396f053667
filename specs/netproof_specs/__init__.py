"""What is stated: manifests and claims as located, frozen data without semantics."""
