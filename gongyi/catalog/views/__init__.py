"""Screens of those who keep instruments."""
