"""Compiled loops over fields and meshes; a file calls nothing compiled of another file, so that its cache never grows stale."""
