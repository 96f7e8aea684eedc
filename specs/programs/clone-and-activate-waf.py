"""
summary: "Make a new version of a security configuration of the one that is live, and activate it on staging, then production."
asks:
  - Clone the security configuration and activate it
  - Make a new version of the WAF configuration
  - Activate the security configuration on staging
  - Deploy version 5 of the security configuration to production
  - Push the WAF settings live
  - Copy the live security configuration and take the copy to production
  - Roll out our firewall configuration
  - Promote the security configuration from staging to production
effect: destroy
inputs:
  type: object
  required: [configuration, notifyEmails]
  properties:
    configuration: {type: [string, integer], description: Name or id of the security configuration, examples: [Web application firewall]}
    notifyEmails: {type: array, items: {type: string}, minItems: 1, description: Who is told of the activations, examples: [[ops@example.com]]}
    version: {type: integer, minimum: 1, description: "Activate this version; by default a new one is made of the one on production"}
    networks:
      type: array
      items: {type: string, enum: [STAGING, PRODUCTION]}
      default: [STAGING]
      description: Where to activate it, staging first; none leaves the new version for editing
    note: {type: string, default: "", description: Note of the activations}
    waitSeconds: {type: integer, minimum: 0, maximum: 3000, default: 90, description: How long to wait for the activations}
"""

import asyncio

STEP = 5
DONE = ("ACTIVATED", "ACTIVE")
FAILED = ("FAILED", "ABORTED")
left = inputs["waitSeconds"]
wanted = str(inputs["configuration"])
configurations = (await call("appsec/v1#get-configs"))["configurations"]
found = [one for one in configurations if wanted in (one["name"], str(one["id"]))]
if len(found) != 1:
    raise ValueError(
        f"{len(found)} security configurations are called {wanted}: there are {', '.join([one['name'] for one in configurations])}."
    )
one = found[0]


async def new_version():
    body = {"createFromVersion": one.get("productionVersion") or one["latestVersion"], "ruleUpdate": False}
    made = await call("appsec/v1#post-config-versions", {"configId": one["id"], "body": body})
    # A plan knows no answer yet: the number that follows the latest is what Akamai gives.
    return made.get("version") or one["latestVersion"] + 1


async def activate(network, version):
    global left
    body = {
        "action": "ACTIVATE",
        "network": network,
        "note": inputs["note"],
        "notificationEmails": inputs["notifyEmails"],
        "activationConfigs": [{"configId": one["id"], "configVersion": version}],
    }
    made = await call("appsec/v1#post-activations", {"body": body})
    number = made.get("activationId")
    status = made.get("status", "PLANNED")
    while number and status not in DONE + FAILED and left > 0:
        left -= STEP
        await asyncio.sleep(STEP)
        status = (await call("appsec/v1#get-activation", {"activationId": number}))["status"]
    return {"activationId": number, "status": status}


version = inputs.get("version") or await new_version()
result = {"configuration": one["name"], "configId": one["id"], "version": version}
result["before"] = {"staging": one.get("stagingVersion"), "production": one.get("productionVersion")}
for network in [name for name in ("STAGING", "PRODUCTION") if name in inputs["networks"]]:
    if result.get("staging", {}).get("status", "PLANNED") not in (*DONE, "PLANNED"):
        result["stopped"] = (
            f"Staging is {result['staging']['status']}: run this again later with version {version} for production."
        )
        break
    result[network.lower()] = await activate(network, version)
result
