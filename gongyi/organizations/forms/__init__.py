"""Input about units, one module for each thing they say of themselves."""
