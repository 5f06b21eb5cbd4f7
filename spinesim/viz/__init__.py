"""Plots, scenes and exports."""
