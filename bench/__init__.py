"""Measures how fast the platform is, next to what a bare view reaches on the same machine in the same run."""
