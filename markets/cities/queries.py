"""The register of cities, as a process knows it."""

from time import monotonic

from core.errors import NotFound
from markets.cities.models import City

BELIEVED_FOR = 60.0  # seconds that a process believes its copy of the register


class _Register:
    """The process's copy of the register, with the time at which it was read."""

    def __init__(self) -> None:
        self.cities: dict[str, City] = {}
        self.stale_at = 0.0

    def read(self) -> dict[str, City]:
        if monotonic() >= self.stale_at:
            cities = sorted(City.scan(consistent_read=True), key=lambda city: city.name)
            self.cities = {city.slug: city for city in cities}
            self.stale_at = monotonic() + BELIEVED_FOR
        return self.cities


_register = _Register()


def all_cities() -> list[City]:
    """Return the registered cities by name, at most a minute old."""
    return list(_register.read().values())


def get_city(slug: str) -> City:
    """Return a registered city, at most a minute old; NotFound for any other slug."""
    try:
        return _register.read()[slug]
    except KeyError:
        raise NotFound("No city of this name takes part.") from None
