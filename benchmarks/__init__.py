"""Measurements of speed: ``python -m benchmarks.run``."""
