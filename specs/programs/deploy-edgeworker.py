"""
summary: "Upload a bundle as a new version of an EdgeWorker, or take one that is there, and activate it on staging, then production."
asks:
  - Deploy this EdgeWorker
  - Upload a new EdgeWorker version and activate it
  - Activate version 1.2.0 of the EdgeWorker on production
  - Ship new EdgeWorker code to both networks
  - Release edge code from a bundle
  - Put my serverless function on staging and production
  - Publish a tgz of an EdgeWorker
effect: destroy
inputs:
  type: object
  required: [edgeWorker]
  properties:
    edgeWorker: {type: [string, integer], description: Name or id of the EdgeWorker, examples: [Security headers]}
    bundle: {type: object, default: {}, description: "The bundle as {base64: ...} or {file: ...}, a tar.gz with main.js and bundle.json"}
    version: {type: string, default: "", description: "Version to activate; needed without a bundle, or to name the one of the bundle"}
    networks:
      type: array
      items: {type: string, enum: [STAGING, PRODUCTION]}
      default: [STAGING]
      description: Where to activate it, staging first
    note: {type: string, default: "", description: Note of the activations}
    waitSeconds: {type: integer, minimum: 0, maximum: 3000, default: 90, description: How long to wait for the activations}
"""

import asyncio

STEP = 5
left = inputs["waitSeconds"]
wanted = str(inputs["edgeWorker"])
listed = (await call("edgeworkers/v1#get-ids"))["edgeWorkerIds"]
found = [row for row in listed if wanted in (row["name"], str(row["edgeWorkerId"]))]
if len(found) != 1:
    raise ValueError(f"{len(found)} EdgeWorkers are called {wanted}: there are {', '.join([row['name'] for row in listed])}.")
if not (inputs["bundle"] or inputs["version"]):
    raise ValueError("Give a bundle, or the version to activate.")
worker = found[0]["edgeWorkerId"]
result = {"edgeWorker": found[0]["name"], "edgeWorkerId": worker}
version = inputs["version"]
if inputs["bundle"]:
    made = await call("edgeworkers/v1#post-versions", {"edgeWorkerId": worker, "body": inputs["bundle"]})
    version = made.get("version") or version or "the uploaded one"
    result["checksum"] = made.get("checksum")
result["version"] = version


async def activate(network):
    global left
    body = {"network": network, "version": version, "note": inputs["note"]}
    made = await call("edgeworkers/v1#post-activations", {"edgeWorkerId": worker, "body": body})
    number, status = made.get("activationId"), made.get("status", "PLANNED")
    while number and status not in ("COMPLETE", "ERROR", "ABORTED", "EXPIRED") and left > 0:
        answer = await call("edgeworkers/v1#get-activation", {"edgeWorkerId": worker, "activationId": number})
        status = answer["status"]
        if status == "COMPLETE":
            break
        left -= STEP
        await asyncio.sleep(STEP)
    return {"activationId": number, "status": status}


for network in [name for name in ("STAGING", "PRODUCTION") if name in inputs["networks"]]:
    before = result.get("staging", {}).get("status", "PLANNED")
    if before not in ("COMPLETE", "PLANNED"):
        result["stopped"] = f"Staging is {before}: run this again later with version {version} and no bundle for production."
        break
    result[network.lower()] = await activate(network)
result
