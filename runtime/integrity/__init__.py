"""Proves what a tree contains: stamp, manifest, verification, self-check."""
