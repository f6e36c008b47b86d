"""What a command says when it cannot do its work."""


class CannotRun(Exception):
    """The command stops; the text is a sentence for the person at the keyboard, with what would help."""
