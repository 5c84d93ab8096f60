"""Sets the app's name, identifier and icons."""
