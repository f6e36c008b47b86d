"""Columns of the lists of joining, one module for each topic."""
