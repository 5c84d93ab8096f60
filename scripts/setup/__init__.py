"""The project's prerequisites and its tools: bundled Python, cargo, bun."""
