"""The backend's side of the launch contract."""
