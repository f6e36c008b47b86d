"""The one way the embedded database says no: a sentence with what would help."""

REFUSED = 3  # exit code of a supervisor that wrote its sentence into the refusal file


class DatabaseUnavailable(Exception):
    """The embedded database cannot be used now; the text says why and what would help."""
