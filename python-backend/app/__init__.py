"""The backend: a FastAPI application."""
