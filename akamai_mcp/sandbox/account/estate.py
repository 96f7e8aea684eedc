"""What an account owns, drawn from a seed: contracts, brands, sites with their hostnames, and who belongs to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import ceil
from random import Random
from typing import Final

from akamai_mcp.sandbox.account.words import BRANDS, COUNTRIES, PRODUCTS, PURPOSES, RULE_FORMATS

MOST_PROPERTIES: Final = len(BRANDS) * len(PURPOSES)
LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ0123456789"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much an account owns."""

    properties: int = 12
    hostnames: int = 94
    certificates: int = 5
    zones: int = 2

    @classmethod
    def of(cls, properties: int, groups: int = 0) -> Size:
        """The usual size for a number of properties: 60 have 470 hostnames, 25 certificates and 8 zones.

        `groups` is the number of brands, each with a group and a zone, where it is another than usual.
        """
        most = groups * len(PURPOSES) if groups else MOST_PROPERTIES
        if not max(groups, 1) <= properties <= most:
            raise ValueError(f"An account has {max(groups, 1)} to {most} properties, not {properties}.")
        usual = max(min(ceil(properties * 8 / 60), len(BRANDS)), ceil(properties / len(PURPOSES)))
        return cls(
            properties=properties,
            hostnames=properties * 47 // 6,
            certificates=ceil(properties * 25 / 60),
            zones=groups or usual,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """A part of the business, with a group, a contract and a domain of its own."""

    name: str
    group_id: int
    contract_id: str

    @property
    def domain(self) -> str:
        """The registered domain, which is a zone."""
        return f"{self.name}.test"

    @property
    def title(self) -> str:
        """The name as people write it."""
        return self.name.capitalize()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A property with everything that has its number elsewhere."""

    property_id: int
    brand: Brand
    purpose: str
    hostnames: tuple[str, ...]
    product_id: str
    rule_format: str
    edge_hostname_id: int
    cpcode_id: int
    enrollment_id: int

    @property
    def name(self) -> str:
        """The property's name."""
        return f"{self.purpose}.{self.brand.domain}"

    @property
    def edge_hostname(self) -> str:
        """The edge hostname that all hostnames of the site lead to."""
        return f"{self.name}.edgekey.net"

    @property
    def origin(self) -> str:
        """The host that the content comes from."""
        return f"origin-{self.purpose}.{self.brand.domain}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """Everything an account owns; `now` is the time in seconds at which it was drawn, `seed` what it was drawn from."""

    account_id: str
    account_name: str
    top_group_id: int
    contracts: tuple[str, ...]
    brands: tuple[Brand, ...]
    sites: tuple[Site, ...]
    now: float
    seed: int

    def sites_of(self, brand: Brand) -> tuple[Site, ...]:
        """The sites of a brand."""
        return tuple(site for site in self.sites if site.brand.name == brand.name)

    def random(self, purpose: str) -> Random:
        """A source of randomness for one purpose: what one API draws does not change what another has."""
        return Random(f"{self.seed}/{purpose}")  # noqa: S311 - data for tests


def build_estate(size: Size, *, seed: int, now: float) -> Estate:
    """The estate of a size; the same seed draws the same."""
    random = Random(seed)  # noqa: S311 - data for tests
    contracts = tuple(f"{digit}-1{_code(random, 5)}" for digit in ("1", "3"))
    first_group = random.randrange(15_000, 90_000)
    brands = tuple(
        Brand(name=name, group_id=first_group + 7 * number, contract_id=contracts[number % 2])
        for number, name in enumerate(brand_names(size.zones), 1)
    )
    return Estate(
        account_id=f"F-AC-{random.randrange(100_000, 999_999)}",
        account_name="Meridian Retail Group",
        top_group_id=first_group,
        contracts=contracts,
        brands=brands,
        sites=_sites(brands, size, random),
        now=now,
        seed=seed,
    )


def brand_names(count: int) -> list[str]:
    """So many names of brands: the known ones, then these with a number."""
    known = len(BRANDS)
    return [BRANDS[number % known] + (str(number // known + 1) if number >= known else "") for number in range(count)]


def shares(total: int, parts: int, random: Random) -> list[int]:
    """A total in parts of uneven size, each at least one."""
    weights = [1 + 3 * random.random() for _ in range(parts)]
    spare, whole = total - parts, sum(weights)
    ends = [0, *(round(spare * reached / whole) for reached in accumulate(weights))]
    return [1 + end - start for start, end in pairwise(ends)]


def _sites(brands: Sequence[Brand], size: Size, random: Random) -> tuple[Site, ...]:
    first_property, first_cpcode = random.randrange(400_000, 800_000), random.randrange(600_000, 900_000)
    first_enrollment, first_edge_hostname = random.randrange(90_000, 180_000), random.randrange(3_000_000, 5_000_000)
    owners = sorted(brands[number % len(brands)].name for number in range(size.properties))
    by_name = {brand.name: brand for brand in brands}
    counts = shares(size.hostnames, size.properties, random)
    found: list[Site] = []
    for number, (owner, hosts) in enumerate(zip(owners, counts, strict=True)):
        purpose = PURPOSES[owners[:number].count(owner)]
        found.append(
            Site(
                property_id=first_property + 113 * number,
                brand=by_name[owner],
                purpose=purpose,
                hostnames=_hostnames(purpose, by_name[owner].domain, hosts),
                product_id=_product(purpose, random),
                rule_format=random.choice(RULE_FORMATS),
                edge_hostname_id=first_edge_hostname + 31 * number,
                cpcode_id=first_cpcode + 17 * number,
                enrollment_id=first_enrollment + 101 * (number * size.certificates // size.properties),
            )
        )
    return tuple(found)


def _hostnames(purpose: str, domain: str, count: int) -> tuple[str, ...]:
    primary = f"{purpose}.{domain}"
    apex = (domain,) if purpose == "www" and count > 1 else ()
    wanted = count - 1 - len(apex)
    local = [f"{country}.{primary}" for country in COUNTRIES]
    more = [f"{purpose}{number}.{domain}" for number in range(2, max(wanted - len(local), 0) + 2)]
    return (primary, *apex, *(local + more)[:wanted])


def _product(purpose: str, random: Random) -> str:
    fixed = {"media": "prd_Adaptive_Media_Delivery", "downloads": "prd_Download_Delivery"}
    return fixed.get(purpose) or random.choice([identifier for identifier, _ in PRODUCTS[:3]])


def _code(random: Random, length: int) -> str:
    return "".join(random.choices(LETTERS, k=length))
