"""What the lists of joining can be narrowed by, one module for each topic."""
