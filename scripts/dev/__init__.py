"""The app in development: window, backend, browser mode, and a debug build's data."""
