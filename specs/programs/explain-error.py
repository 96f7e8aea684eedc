"""
summary: "Explain the reference number of an Akamai error page: cause, property, origin, response code, and what to do."
asks:
  - What does this error reference mean
  - Translate the reference number of an error page
  - A visitor sees Reference 9.6f64d440.1318965461.2f2b078, why
  - Explain this Akamai error string
  - Reference number from an Access Denied page
  - Why did this user see an edge error with a reference
  - "Look up the reference # of an error at the edge"
  - Meaning of an error code string from a support mail
effect: read
inputs:
  type: object
  required: [reference]
  properties:
    reference: {type: string, minLength: 3, description: "The reference number as the error page shows it", examples: [9.6f64d440.1318965461.2f2b078]}
    withLogs: {type: boolean, default: false, description: "Follow the request through all edge servers, which takes longer"}
    waitSeconds: {type: integer, minimum: 0, maximum: 3000, default: 90, description: How long to wait for the translation}
"""

import asyncio
import re

STEP = 5
found = re.search(r"[0-9]+\.[0-9a-f]+\.[0-9]+\.[0-9a-f]+", inputs["reference"].lower())
code = found.group(0) if found else inputs["reference"].strip().lstrip("#")
body = {"errorCode": code, "traceForwardLogs": inputs["withLogs"]}
answer = await call("edge-diagnostics/v1#post-error-translator", {"body": body})
left = inputs["waitSeconds"]
while answer["executionStatus"] == "IN_PROGRESS" and left > 0:
    pause = min(STEP, left)
    left -= pause
    await asyncio.sleep(pause)
    answer = await call("edge-diagnostics/v1#get-error-translator-request", {"requestId": answer["requestId"]})
told = answer.get("result") or {}
result = {"reference": code, "status": answer["executionStatus"], "requestId": answer["requestId"]}
if told:
    result |= {
        "reason": told.get("reasonForFailure"),
        "responseCode": told.get("httpResponseCode"),
        "property": told.get("propertyName"),
        "cpCode": told.get("cpCode"),
        "request": f"{told.get('clientRequestMethod')} {told.get('url')}",
        "originHostname": told.get("cacheKeyHostname"),
        "when": told.get("date"),
        "client": (told.get("clientIp") or {}).get("ip"),
        "edgeServer": (told.get("edgeServerIp") or {}).get("ip"),
        "origin": (told.get("originIp") or {}).get("ip"),
    }
    result["todo"] = answer.get("suggestedActions")
    if inputs["withLogs"]:
        result["logLines"] = told.get("logLines")
elif answer["executionStatus"] == "IN_PROGRESS":
    result["next"] = "It is still looked for: read edge-diagnostics/v1#get-error-translator-request with the requestId later."
result
