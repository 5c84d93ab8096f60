"""Engine parts: which folders an app upgrades and never edits, and the command that upgrades them."""
