"""Lists what ships: components, licenses, bill of materials, sizes."""
