"""Confirmation of what cannot be undone."""


def confirmed(question: str, name: str) -> bool:
    """Ask the operator to type `name`; False for anything else, and without a terminal."""
    try:
        return input(f"{question} Type the name of the stage, {name}: ") == name
    except EOFError:
        return False
