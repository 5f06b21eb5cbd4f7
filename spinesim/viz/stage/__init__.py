"""The spine on the screen: VTK actors of a scene, cameras, words."""
