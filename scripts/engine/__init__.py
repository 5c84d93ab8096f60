"""The engine's parts, which an app upgrades but does not edit, and the commands that upgrade and add them."""
