"""Screens of units: whom one acts for, the units themselves, their people and departments."""
