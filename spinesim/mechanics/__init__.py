"""Compiled kernels, arrays in and arrays out: kinematics, gravity, muscles, discs, ligaments, facets, abdominal pressure."""
