"""Test harness: drives windows, browsers, processes and servers. Must not import scripts or e2e."""
