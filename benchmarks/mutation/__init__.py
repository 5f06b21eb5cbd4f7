"""Mutation testing of limits, signs and rounding: ``python -m benchmarks.mutation``."""
