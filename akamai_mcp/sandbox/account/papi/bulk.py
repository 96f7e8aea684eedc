"""Many properties at once: patch rules, make versions, activate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from akamai_mcp.sandbox.account.account import CALLER, Account
from akamai_mcp.sandbox.account.papi.activations import begin
from akamai_mcp.sandbox.account.papi.state import Job, Property, Version
from akamai_mcp.sandbox.account.papi.writes import compare, write_version
from akamai_mcp.sandbox.account.patches import PatchError, patched
from akamai_mcp.sandbox.account.told import RefusalError, Told, body_of, found, number, path_number, stamp
from akamai_mcp.sandbox.exchange import Ask

Json = dict[str, Any]
OneDone = Callable[[Account, Json], Json]


def patch(account: Account, ask: Ask) -> Told:
    """Begin to patch the rules of versions, each for itself."""
    rows = [_tried(account, row, _patch_one) for row in body_of(ask).get("patchPropertyVersions", [])]
    return begin_job(account, ask, "bulkPatchLink", {"rows": rows})


def patch_result(account: Account, ask: Ask) -> Json:
    """How far a bulk patch is."""
    made, job, word = job_at(account, ask, "bulkPatchId")
    at = stamp(job.work.started)
    rows = [
        {**row, "patchPropertyVersionStatus": word if "fatalError" not in row else "SUBMISSION_ERROR", "patchSubmitDate": at}
        for row in job.body["rows"]
    ]
    return {
        "bulkPatchId": made,
        "bulkPatchStatus": word,
        "bulkPatchSubmitDate": at,
        "bulkPatchUpdateDate": at,
        "patchPropertyVersions": rows,
    }


def create_versions(account: Account, ask: Ask) -> Told:
    """Begin to make new versions of properties."""
    rows = [_tried(account, row, _create_one) for row in body_of(ask).get("createPropertyVersions", [])]
    return begin_job(account, ask, "bulkCreateVersionLink", {"rows": rows})


def versions_result(account: Account, ask: Ask) -> Json:
    """How far a bulk creation is."""
    made, job, word = job_at(account, ask, "bulkCreateId")
    at = stamp(job.work.started)
    rows = [
        {name: value for name, value in row.items() if name != "fatalError"}
        | {"createVersionStatus": "SUBMISSION_ERROR" if "fatalError" in row else word}
        | {"createVersionSubmitDate": at, "createVersionUpdateDate": at}
        for row in job.body["rows"]
    ]
    return {
        "bulkCreateId": made,
        "bulkCreateVersionsStatus": word,
        "bulkCreateVersionSubmitDate": at,
        "bulkCreateVersionUpdateDate": at,
        "createPropertyVersions": rows,
    }


def activate(account: Account, ask: Ask) -> Told:
    """Begin to activate versions of properties."""
    body = body_of(ask)
    settings = body.get("defaultActivationSettings", {})
    rows = [_tried(account, {**settings, **row}, _activate_one) for row in body.get("activatePropertyVersions", [])]
    return begin_job(account, ask, "bulkActivationLink", {"rows": rows, "settings": settings})


def activation_result(account: Account, ask: Ask) -> Json:
    """How far a bulk activation is."""
    made, job, word = job_at(account, ask, "bulkActivationId")
    at = stamp(job.work.started)
    return {
        "bulkActivationId": made,
        "bulkActivationStatus": word,
        "bulkActivationSubmitDate": at,
        "bulkActivationUpdateDate": at,
        "defaultActivationSettings": job.body["settings"],
        "activatePropertyVersions": [_activation_row(account, row, word, at) for row in job.body["rows"]],
    }


def begin_job(account: Account, ask: Ask, link: str, body: Json) -> Told:
    """Begin a job, and answer with its link."""
    made = account.new_number()
    account.papi.jobs[made] = Job(body=body, work=account.work("PENDING", "IN_PROGRESS", "COMPLETE"))
    path = f"{'/'.join(('', *ask.match.key))}/{made}"
    return Told(value={link: path}, location=path)


def job_at(account: Account, ask: Ask, name: str) -> tuple[int, Job, str]:
    """The number of a job, what it is about and how far it is. Raises RefusalError with 404."""
    made = path_number(ask, name)
    job = found(account.papi.jobs.get(made), "The job")
    # Every read of a result counts, of whichever job: work moves on by looks or by the time.
    job.work.look()
    return made, job, job.work.word(account.now)


def _tried(account: Account, row: Json, do: OneDone) -> Json:
    """A row after what it asks for was done, or with the reason why not."""
    # A bulk job is accepted although some rows cannot be done: its result tells them, not its status.
    try:
        return do(account, row)
    except RefusalError as refused:
        return {**row, "fatalError": refused.detail}


def _version_of(account: Account, row: Json, name: str = "propertyVersion") -> tuple[Property, Version]:
    one = found(account.papi.properties.get(number(row.get("propertyId"))), "The property")
    return one, found(one.versions.get(number(row.get(name))), "The version")


def _patch_one(account: Account, row: Json) -> Json:
    shown = {
        "patchPropertyId": row.get("propertyId"),
        "patchPropertyVersion": row.get("propertyVersion"),
        "patches": row.get("patches", []),
    }
    try:
        one, version = _version_of(account, row)
        # The tree is made before the version is written: a patch that does not apply must leave the etag as it was.
        compare(account, one, version, row.get("etag"))
        tree = patched({"rules": version.rules}, row.get("patches", []))["rules"]
        write_version(account, one, version)
        version.rules = tree
    except (RefusalError, PatchError) as error:
        return {**shown, "fatalError": str(error)}
    return {**shown, "etag": one.etag(version), "propertyVersionRulesLink": f"{one.path}/versions/{version.number}/rules"}


def _create_one(account: Account, row: Json) -> Json:
    one, base = _version_of(account, row, "createFromVersion")
    compare(account, one, base, row.get("createFromVersionEtag"))
    made = one.add_version(base.number, user=CALLER, now=account.now)
    link = f"{one.path}/versions/{made.number}"
    return {**row, "propertyVersion": made.number, "propertyVersionLink": link, "etag": one.etag(made)}


def _activate_one(account: Account, row: Json) -> Json:
    one, _ = _version_of(account, row)
    return {**row, "activation": begin(account, one, row).number}


def _activation_row(account: Account, row: Json, word: str, at: str) -> Json:
    shown: Json = {name: row[name] for name in ("network", "propertyId", "propertyVersion", "fatalError", "note") if name in row}
    one = account.papi.properties.get(number(row.get("propertyId")))
    activation = one.activations.get(row.get("activation", 0)) if one is not None else None
    return {
        **shown,
        "acknowledgeAllWarnings": row.get("acknowledgeAllWarnings", False),
        "fastPush": row.get("fastPush", True),
        "useFastFallback": row.get("useFastFallback", False),
        "notifyEmails": row.get("notifyEmails", []),
        "activationStatus": "FAILED" if activation is None else activation.work.word(account.now),
        "activationSubmitDate": at,
        "activationUpdateDate": at,
        "propertyActivationLink": "" if one is None or activation is None else f"{one.path}/activations/atv_{activation.number}",
        "taskStatus": "SUBMISSION_ERROR" if activation is None else word,
    }
