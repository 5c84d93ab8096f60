"""Pins and stages the Python runtime that the app ships: one relocatable tree per target.

Runs on the host's Python with the standard library only, because no package is installed yet. `python3 -m runtime --help` lists the commands.
"""
