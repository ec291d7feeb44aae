"""Asking before something is done that cannot be undone."""


def confirmed(question: str, name: str) -> bool:
    """Ask for a name to be typed, so that nobody agrees by habit; where nobody is, no."""
    try:
        return input(f"{question} Then type the stage's name, {name}: ") == name
    except EOFError:
        return False
