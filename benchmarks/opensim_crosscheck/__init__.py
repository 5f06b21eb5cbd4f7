"""The lumbar model LFB posed in OpenSim, its recruitment by both codes, and this project's own model beside it."""
