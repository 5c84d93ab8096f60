"""Resolves, downloads and unpacks the interpreter archive of a target."""
