"""What drives the app in tests: windows, browsers, processes, servers. Imports neither scripts nor e2e."""
