"""Screens about one's own account, and those of the platform administrator about everybody's."""
