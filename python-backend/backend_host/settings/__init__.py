"""Settings: definitions, sources, config.json, and changes at run time."""
