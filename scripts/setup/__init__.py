"""What the machine must have, and the tools that run in the project: bundled Python, cargo, bun."""
