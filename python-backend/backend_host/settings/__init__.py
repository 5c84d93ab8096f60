"""Settings: their sources, config.json, and those that can be changed at run time."""
