"""One offline page with working sliders: a solved grid, the meshes, and a small renderer of its own."""
