"""A module for each kind of what institutions offer."""
