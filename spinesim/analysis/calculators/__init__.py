"""Published calculators, reproduced exactly and kept apart from the model: LiFFT and the revised NIOSH lifting equation."""
