"""Reads about what institutions offer."""
