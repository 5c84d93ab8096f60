"""The build machine: subprocesses, environment, progress output, file locks."""
