"""The register of cities: few items, read on nearly every page."""

from core.caches import cached_for
from core.errors import NotFound
from markets.cities.models import City


@cached_for()
def register() -> dict[str, City]:
    """Return all cities by their slugs, in the order of their names; at most a minute old."""
    cities = sorted(City.scan(consistent_read=True), key=lambda city: city.name)
    return {city.slug: city for city in cities}


def all_cities() -> list[City]:
    """Return the registered cities by name, at most a minute old."""
    return list(register().values())


def get_city(slug: str) -> City:
    """Return a registered city, at most a minute old; NotFound for any other slug."""
    try:
        return register()[slug]
    except KeyError:
        raise NotFound("There is no such city.") from None
