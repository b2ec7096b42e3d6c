"""Rubrics applied to evidence: criteria, scores, the catalogue of known optimizers."""
