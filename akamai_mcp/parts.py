"""The composition root: builds from the settings what the MCP server and the command line share. No MCP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING

from akamai_mcp.access.caller_customers import CallerCustomers
from akamai_mcp.access.callers import current_caller
from akamai_mcp.access.consent.confirmation import Confirmations
from akamai_mcp.access.gate import Gate
from akamai_mcp.access.quotas import Quotas
from akamai_mcp.access.visibility import Visibility
from akamai_mcp.audit.log import AuditLog
from akamai_mcp.calls.credential_check import CredentialCheck
from akamai_mcp.calls.customer_list import CustomerList
from akamai_mcp.calls.invoker import Invoker, InvokerPolicies
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.configuration_check import find_mistakes, report_mistakes
from akamai_mcp.contract.checker import AnswerChecker
from akamai_mcp.documents.location import embedded_folder, locate, user_cache_folder, user_state_folder
from akamai_mcp.documents.renewal.documents import DocumentRenewal
from akamai_mcp.edgegrid.clock import SigningClock
from akamai_mcp.edgegrid.customers import Customers
from akamai_mcp.errors import SettingsError
from akamai_mcp.inventory.lazy import LazyInventory
from akamai_mcp.pipeline.counters import Counters
from akamai_mcp.pipeline.stack import Pipeline, build_pipeline
from akamai_mcp.pipeline.transport.transport import Transport
from akamai_mcp.settings import Settings

if TYPE_CHECKING:
    from akamai_mcp.programs.finders import Finders
    from akamai_mcp.programs.library.library import Library
    from akamai_mcp.programs.library.renewal import LibraryRenewal
    from akamai_mcp.programs.service import Programs
    from akamai_mcp.replicas.replica import Replicas


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The objects that the MCP server and the command line share; most commands run no program, and build none of that."""

    catalogue: Catalogue
    customers: CallerCustomers
    all_customers: Customers
    transport: Transport
    pipeline: Pipeline
    invoker: Invoker
    audit: AuditLog
    quotas: Quotas
    visibility: Visibility
    customer_list: CustomerList
    inventory: LazyInventory | None = None
    make_programs: Callable[[], Programs | None]
    replicas: Replicas | None = None
    is_catalogue_lent: bool = False
    checker: AnswerChecker | None = None
    renewable: tuple[DocumentRenewal | LibraryRenewal, ...] = ()

    @cached_property
    def programs(self) -> Programs | None:
        """What runs programs, built when it is first asked for; None where their interpreter is not installed."""
        return self.make_programs()

    async def aclose(self) -> None:
        """Close connections and the index unless it was lent, leave the other replicas and finish the audit trail."""
        if (programs := self.__dict__.get("programs")) is not None:
            await programs.aclose()
        if self.inventory is not None:
            await self.inventory.aclose()
        await self.transport.aclose()
        if self.replicas is not None:
            await self.replicas.aclose()
        if self.checker is not None:
            await self.checker.aclose()
        self.audit.close()
        if not self.is_catalogue_lent:
            self.catalogue.close()


def build_parts(settings: Settings, lent: Catalogue | None = None, clock: Callable[[], float] = time.time) -> Parts:
    """Build every part from the settings; a catalogue that is lent is used in place of an own one. Raises SettingsError.

    `clock` tells programs the seconds since the epoch.
    """
    documents = _open_documents(settings) if lent is None else None
    catalogue = documents.catalogue if documents else lent
    assert catalogue is not None
    get_caller = partial(current_caller, settings.unnamed_caller())
    all_customers = settings.customers()
    library = cache(partial(_open_library, settings))
    report_mistakes(find_mistakes(settings, catalogue, all_customers))
    customers = CallerCustomers(all_customers, get_caller)
    counters = _open_counters(settings)
    signing_clock = SigningClock(on_correction=partial(counters.add, "clockCorrections"))
    transport = Transport(settings.transport_policy(), clock=signing_clock)
    replicas = build_replicas(settings, counters)
    sharing, shared_results = (replicas.sharing, replicas.results) if replicas else (None, None)
    inventory = LazyInventory(settings.inventory_policy(), shared_results) if settings.inventory != "off" else None
    pipeline = build_pipeline(
        transport,
        settings.pipeline_policies(),
        counters,
        sharing,
        timed=settings.is_watched,
        on_write=inventory.note_write if inventory else None,
    )
    audit = AuditLog(settings.audit_policy())
    audit.start()
    quotas = Quotas(settings.quota_policy())
    gate = Gate(settings.access_rules(), _build_confirmations(settings, replicas), audit, get_caller=get_caller, quotas=quotas)
    check = settings.check_policy()
    checker = AnswerChecker(check) if check else None
    on_answer, policies = checker.offer if checker else None, _build_invoker_policies(settings)
    invoker = Invoker(catalogue, customers, gate, pipeline.handler, policies, shared_results, on_answer=on_answer)
    visibility = Visibility(catalogue, gate.rules, customers, get_caller)
    finders = partial(_build_finders, visibility, inventory)
    if inventory is not None:
        inventory.stand_on(invoker, visibility, customers, pipeline.limits.known_limits)
    return Parts(
        catalogue=catalogue,
        customers=customers,
        all_customers=all_customers,
        transport=transport,
        pipeline=pipeline,
        invoker=invoker,
        audit=audit,
        quotas=quotas,
        visibility=visibility,
        customer_list=CustomerList(
            customers, CredentialCheck(customers, invoker, signing_clock, products_at=catalogue.products_at)
        ),
        inventory=inventory,
        make_programs=partial(
            build_programs,
            settings,
            invoker,
            visibility,
            finders,
            library,
            pipeline=pipeline,
            replicas=replicas,
            clock=clock,
        ),
        replicas=replicas,
        is_catalogue_lent=lent is not None,
        checker=checker,
        renewable=tuple(_find_renewable(settings, documents, library)),
    )


def _open_documents(settings: Settings) -> DocumentRenewal:
    return DocumentRenewal(locate(settings.specs_dir), settings.cache_dir or user_cache_folder())


def _build_invoker_policies(settings: Settings) -> InvokerPolicies:
    return InvokerPolicies(
        files=settings.file_policy(),
        downloads=settings.download_policy(),
        strict_validation=settings.validation == "strict",
    )


def _build_confirmations(settings: Settings, replicas: Replicas | None) -> Confirmations:
    policy = settings.confirmation_policy()
    return Confirmations(policy, key=replicas.key("confirmation"), ledger=replicas.ledger) if replicas else Confirmations(policy)


def _find_renewable(
    settings: Settings, documents: DocumentRenewal | None, library: Callable[[], Library]
) -> Iterator[DocumentRenewal | LibraryRenewal]:
    """What may change while the server runs: documents of a folder of the operator's or of a sync, a team's programs."""
    if documents is not None and documents.may_change:
        yield documents
    if settings.programs_dir is not None:
        from akamai_mcp.programs.library.renewal import LibraryRenewal  # as build_programs

        yield LibraryRenewal(library())


def _build_finders(visibility: Visibility, inventory: LazyInventory | None) -> Finders:
    from akamai_mcp.programs.finders import Finders  # as build_programs

    return Finders(visibility, inventory)


def _open_library(settings: Settings) -> Library:
    from akamai_mcp.programs.library.library import Library, library_folders  # as build_programs

    return Library(library_folders(embedded_folder(), settings.programs_dir))


def build_programs(
    settings: Settings,
    invoker: Invoker,
    visibility: Visibility,
    finders: Callable[[], Finders],
    library: Callable[[], Library],
    *,
    pipeline: Pipeline,
    replicas: Replicas | None,
    clock: Callable[[], float],
) -> Programs | None:
    """Build what runs programs, and the store of those that last; None where their interpreter is not installed."""
    from akamai_mcp.programs.course import Means  # 20 ms with all that they need
    from akamai_mcp.programs.durable.keeping import KeptRuns
    from akamai_mcp.programs.durable.sealed_store import SealedRuns
    from akamai_mcp.programs.durable.waits import KeptWaits
    from akamai_mcp.programs.interpreter import Interpreters, is_installed
    from akamai_mcp.programs.service import Programs

    if not is_installed():
        return None
    policy = settings.program_policy()
    kept = settings.run_policy(user_state_folder)
    if replicas is not None:
        kept = replace(kept, key=replicas.key("runs"))
    sealed = SealedRuns(kept, policy.state, replicas.runs(kept) if replicas else None, clock)
    runs = KeptRuns(sealed)
    means = Means(
        invoker=invoker,
        interpreters=Interpreters(policy),
        policy=policy,
        known_limits=pipeline.limits.known_limits,
        clock=runs.clock,
        audit=settings.audit_policy(),
    )
    return Programs(means, visibility, finders(), library(), runs, KeptWaits(sealed, invoker))


def build_replicas(settings: Settings, counters: Counters) -> Replicas | None:
    """Build what this server shares with other replicas; None if it is the only one. Raises SettingsError."""
    policy = settings.sharing_policy()
    if policy is None:
        return None
    try:
        from akamai_mcp.replicas.replica import Replicas  # redis brings 120 modules
    except ImportError as error:
        raise SettingsError(
            f"AKAMAI_MCP_REDIS_URL is set, but {error.name} is not installed.", advice="Install akamai-mcp[redis]."
        ) from error
    return Replicas(policy, settings.pipeline_policies(), counters)


def _open_counters(settings: Settings) -> Counters:
    if not settings.is_watched:
        return Counters()
    from akamai_mcp.pipeline.timing import NotingCounters  # wanted only where calls are observed

    return NotingCounters()
