"""The uvicorn server, its sockets, connections and worker processes."""
