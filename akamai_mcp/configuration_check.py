"""What the configuration names that does not exist: settings, products, rules and roles. Checked at start and by the doctor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from akamai_mcp import SETTINGS_PREFIX as PREFIX
from akamai_mcp.access.policy import Rules
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.edgegrid.customers import Customers
from akamai_mcp.edgegrid.watched import log_warning
from akamai_mcp.errors import CredentialsError, SettingsError
from akamai_mcp.settings import Settings, misnamed

RULE_ADVICE = "Correct or remove the rule: docs/configuration.md has the forms of rules, and a path begins with /."
NO_PRODUCTS = frozenset({"discover", "all"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """Something that does not exist, and what to do; `stops` if a server would be less safe than its operator thinks."""

    subject: str
    found: str
    advice: str
    stops: bool = False


def report_mistakes(mistakes: Iterable[Mistake]) -> None:
    """Log a warning for each mistake. Raises SettingsError for one that stops the start."""
    for mistake in mistakes:
        if mistake.stops:
            raise SettingsError(mistake.found, advice=mistake.advice)
        log_warning(f"{mistake.found} {mistake.advice}")


def find_mistakes(settings: Settings, catalogue: Catalogue, customers: Customers) -> Iterator[Mistake]:
    """Yield every mistake; files that cannot be read are reported where they are used."""
    for name in misnamed(type(settings)):
        yield Mistake(subject="settings", found=f"{name}", advice="See .env.example for every setting.", stops=name.safety)
    yield from _unknown_products(settings, catalogue)
    yield from _unmatched(_all_rules(settings, customers), catalogue)
    if settings.programs_dir:
        yield from _faulty_programs(settings.programs_dir)
    if settings.auth_tokens_file:
        yield from _unknown_roles(settings)


def _unknown_products(settings: Settings, catalogue: Catalogue) -> Iterator[Mistake]:
    """Yield each product of AKAMAI_MCP_TOOLS that has no operation."""
    for name in settings.tools:
        if name not in NO_PRODUCTS and not catalogue.of_product(name):
            advice = "See `akamai-mcp specs check` for the products."
            yield Mistake(subject="tools", found=f"{PREFIX}TOOLS names no product {name!r}.", advice=advice)


def _faulty_programs(folder: Path) -> Iterator[Mistake]:
    from akamai_mcp.programs.library.library import Library  # wanted only with a folder of programs

    if not folder.is_dir():
        found = f"{PREFIX}PROGRAMS_DIR names {str(folder)!r}, which is not a folder."
        yield Mistake(subject="programs", found=found, advice="Set it to a folder of programs, or unset it.")
    for name, fault in Library((folder,)).faults.items():
        found = f"The program {name} cannot be used: {fault}."
        yield Mistake(subject="programs", found=found, advice="See docs/programs.md for the form of a program.")


def _all_rules(settings: Settings, customers: Customers) -> list[Rules]:
    found = [Rules(source=f"{PREFIX}DENY", deny=settings.deny), Rules(source=f"{PREFIX}ALLOW", allow=settings.allow)]
    found += [Rules(source=f"customer {one.name}", allow=one.allow, deny=one.deny) for one in customers.definitions.values()]
    if settings.auth_roles_file:
        from akamai_mcp.access.roles import load_roles  # wanted only where there is a roles file

        with suppress(CredentialsError):
            found += [grant.rules for grant in load_roles(settings.auth_roles_file).values()]
    return [rules for rules in found if rules.allow or rules.deny]


def _unmatched(sources: list[Rules], catalogue: Catalogue) -> Iterator[Mistake]:
    if not sources:  # reading all operations takes 50 ms
        return
    from akamai_mcp.access.rule_check import unmatched_rules  # 14 ms: only where there are rules
    from akamai_mcp.access.visibility import listed_action

    actions = [listed_action(entry, entry.effect.worst) for entry in catalogue.entries()]
    for rule in unmatched_rules(sources, actions):
        yield Mistake(subject="rules", found=str(rule), advice=RULE_ADVICE, stops=rule.breaks_a_promise)


def _unknown_roles(settings: Settings) -> Iterator[Mistake]:
    """Yield each role of the tokens file that neither is built in nor stands in the roles file."""
    from akamai_mcp.access.roles import BUILT_IN, load_roles  # wanted only where there is a tokens file
    from akamai_mcp.access.tokens import load_holders

    assert settings.auth_tokens_file
    with suppress(CredentialsError):
        known = {*BUILT_IN, *(load_roles(settings.auth_roles_file) if settings.auth_roles_file else ())}
        for holder in load_holders(settings.auth_tokens_file):
            for role in sorted({*holder.roles} - known):
                found = f"The token {holder.name} in {settings.auth_tokens_file} has the role {role!r}, which does not exist."
                advice = f"Known roles: {', '.join(sorted(known))}. An unknown role allows nothing."
                yield Mistake(subject="roles", found=found, advice=advice)
