"""Sampling, sweeps, sensitivity, tolerance, safe loads and plans."""
