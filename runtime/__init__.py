"""Pins and stages the Python runtime that ships: one relocatable tree per target, made by the host's Python.

Standard library only, because this runs before anything is installed. `python3 -m runtime --help` lists the commands.
"""
