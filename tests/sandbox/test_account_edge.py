"""EdgeWorkers and log streams: bundles are real archives, and activations go through their words."""

from __future__ import annotations

import io
import tarfile
from http import HTTPStatus

import pytest
from account_stage import AccountStage, OpenAccount

from akamai_mcp.sandbox.account.edge.bundles import write_bundle
from akamai_mcp.sandbox.habits.habits import Habits

WORKERS = "/edgeworkers/v1/ids"
STREAMS = "/datastream-config-api/v2/log/streams"
ARCHIVE = {"content-type": "application/gzip"}


async def first_worker(account: AccountStage) -> str:
    return f"{WORKERS}/{(await account.get(WORKERS))['edgeWorkerIds'][0]['edgeWorkerId']}"


async def test_the_bundle_of_a_version_is_an_archive_with_code_and_manifest(account: AccountStage) -> None:
    answer = await account.client.get(f"{await first_worker(account)}/versions/1.1.0/content")
    assert answer.headers["content-type"] == "application/gzip"
    with tarfile.open(fileobj=io.BytesIO(answer.content), mode="r:gz") as archive:
        assert archive.getnames() == ["main.js", "bundle.json"]
        assert b"1.1.0" in (archive.extractfile("bundle.json") or io.BytesIO()).read()


async def test_an_uploaded_bundle_is_a_version_and_reads_back_as_it_was_sent(account: AccountStage) -> None:
    path, bundle = await first_worker(account), write_bundle("2.0.0", "new", "export {}")
    made = await account.client.post(f"{path}/versions", content=bundle, headers=ARCHIVE)
    assert (made.status_code, made.json()["version"]) == (HTTPStatus.CREATED, "2.0.0")
    assert (await account.client.get(f"{path}/versions/2.0.0/content")).content == bundle
    again = await account.client.post(f"{path}/versions", content=bundle, headers=ARCHIVE)
    assert again.status_code == HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize("content", [b"", b"no archive", write_bundle("3", "", "x")[:60]])
async def test_what_is_no_bundle_is_refused(account: AccountStage, content: bytes) -> None:
    answer = await account.client.post(f"{await first_worker(account)}/versions", content=content, headers=ARCHIVE)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


async def test_a_version_is_activated_and_rolled_back(open_account: OpenAccount) -> None:
    async with open_account(Habits(account=True, work=True)) as account:
        path = await first_worker(account)
        begun = await account.send("POST", f"{path}/activations", {"network": "PRODUCTION", "version": "1.2.0"})
        assert begun.status_code == HTTPStatus.CREATED
        words = [(await account.get(begun.headers["location"]))["status"] for _ in range(4)]
        assert words == ["PRESUBMIT", "PENDING", "IN_PROGRESS", "COMPLETE"]
        back = await account.send("POST", f"{path}/activations/rollback", {"network": "PRODUCTION"})
        assert back.json()["version"] == "1.1.0"


async def test_a_version_that_is_active_cannot_be_deleted_until_it_is_deactivated(account: AccountStage) -> None:
    path = await first_worker(account)
    version = f"{path}/versions/1.2.0"
    assert (await account.send("DELETE", version)).status_code == HTTPStatus.BAD_REQUEST
    off = await account.send("POST", f"{path}/deactivations", {"network": "STAGING", "version": "1.2.0"})
    assert (await account.get(f"{path}/deactivations"))["deactivations"] == [off.json()]
    assert (await account.send("DELETE", version)).status_code == HTTPStatus.NO_CONTENT
    assert (await account.client.get(version)).status_code == HTTPStatus.NOT_FOUND


async def test_a_stream_is_activated_changed_and_stopped_and_never_shows_its_secret(open_account: OpenAccount) -> None:
    async with open_account(Habits(account=True, work=True)) as account:
        before = await account.get(f"{STREAMS}/{(await account.get(STREAMS))[0]['streamId']}")
        body = {name: before[name] for name in ("streamName", "contractId", "groupId", "properties", "datasetFields")}
        body["destination"] = {**before["destination"], "accessKey": "s3cret"}
        body["deliveryConfiguration"] = before["deliveryConfiguration"]
        made = await account.send("POST", STREAMS, body, params={"activate": "true"})
        path = made.headers["location"]
        assert [(await account.get(path))["streamStatus"] for _ in range(2)] == ["ACTIVATING", "ACTIVATED"]
        renamed = await account.send("PATCH", path, [{"op": "replace", "path": "/streamName", "value": "New name"}])
        assert (renamed.json()["streamName"], renamed.json()["streamVersion"]) == ("New name", 2)
        assert "s3cret" not in (await account.client.get(f"{path}/history")).text
        assert (await account.send("DELETE", path)).status_code == HTTPStatus.BAD_REQUEST
        await account.send("POST", f"{path}/deactivate")
        assert [(await account.get(path))["streamStatus"] for _ in range(2)] == ["DEACTIVATING", "DEACTIVATED"]
        assert (await account.send("DELETE", path)).status_code == HTTPStatus.NO_CONTENT
