"""Columns of lists; a module for each kind of what institutions offer."""
