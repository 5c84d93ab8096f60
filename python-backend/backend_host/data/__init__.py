"""The data directory: where it is, who may read it, who has it open."""
