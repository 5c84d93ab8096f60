"""Middleware, error responses and their documentation."""
