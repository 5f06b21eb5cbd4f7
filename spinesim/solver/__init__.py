"""Recruitment, equilibrium, batches, the passive specimen and stability."""
