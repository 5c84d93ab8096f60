"""The backend: a FastAPI application that runs from its own source, unfrozen."""
