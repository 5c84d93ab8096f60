"""Integrity of a tree: stamp, manifest, verification, signatures, self-check."""
