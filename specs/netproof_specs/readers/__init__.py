"""Readers: from located documents to the model, one module for each group of kinds."""
