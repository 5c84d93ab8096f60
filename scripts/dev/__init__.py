"""Development: window, backend, browser mode, and the data of a debug build."""
