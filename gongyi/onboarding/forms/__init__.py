"""Input of joining, one module for each topic."""
