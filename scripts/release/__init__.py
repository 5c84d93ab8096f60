"""Builds, signs and collects installers."""
