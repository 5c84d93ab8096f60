"""Probes: checks that an interpreter behaves like a regular CPython (imports, subprocesses, tracebacks, ...). They require only the interpreter and the app.

Run `<tree>/python/bin/python3 -I -B -X utf8 unfrozen_probes --json` in a staged or installed tree. The entry script of a frozen
program calls `suite.main`.
"""
