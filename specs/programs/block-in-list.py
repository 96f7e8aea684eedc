"""
summary: "Add entries to a network list or client list, or remove some, then activate it and wait: block or allow addresses."
asks:
  - Block this IP address
  - Add these addresses to the blocklist and activate it
  - Remove an address from a network list
  - Unblock the address 192.0.2.1
  - Put these IPs on the allowlist
  - Add a country to a client list
  - Ban an IP range at the edge
  - Stop traffic from this address now
effect: destroy
inputs:
  type: object
  required: [list]
  properties:
    list: {type: string, description: Name or id of a network list or client list, examples: [Blocked addresses]}
    add: {type: array, items: {type: string}, default: [], description: "Entries to add, as 192.0.2.1 or 198.51.100.0/24"}
    remove: {type: array, items: {type: string}, default: [], description: Entries to remove}
    networks:
      type: array
      items: {type: string, enum: [STAGING, PRODUCTION]}
      default: [STAGING, PRODUCTION]
      description: Where to activate it afterwards; none leaves the change inactive
    comment: {type: string, default: "", description: Comment of the activations}
    waitSeconds: {type: integer, minimum: 0, maximum: 3000, default: 60, description: How long to wait for the activations}
"""

import asyncio

STEP = 5
wanted, add, remove = inputs["list"], inputs["add"], inputs["remove"]
left = inputs["waitSeconds"]


async def find_list():
    """The one list of this name or id, of either kind: a name that several have is no answer."""
    networks, clients = await asyncio.gather(call("network-lists/v2#get-network-lists"), call("client-lists/v1#get-client-lists"))
    every = [("network", row["uniqueId"], row) for row in networks["networkLists"]]
    every += [("client", row["listId"], row) for row in clients["content"]]
    found = [one for one in every if wanted in (one[1], one[2]["name"])]
    if len(found) != 1:
        ids = ", ".join([identifier for _, identifier, _ in found])
        raise ValueError(f"{len(found)} lists are called {wanted}" + (f": give the id, {ids}." if ids else "."))
    return found[0]


async def entries(kind, identifier):
    if kind == "network":
        one = await call("network-lists/v2#get-network-list", {"networkListId": identifier, "includeElements": True})
        return one.get("list") or []
    listed = await call("client-lists/v1#get-client-list-items", {"listId": identifier})
    return [item["value"] for item in listed["content"]]


async def change_network_list(identifier, new, gone):
    if new:
        await call("network-lists/v2#post-network-list-append", {"networkListId": identifier, "body": {"list": new}})
    for element in gone:
        await call("network-lists/v2#delete-network-list-elements", {"networkListId": identifier, "element": element})


async def change_client_list(identifier, new, gone):
    body = {"append": [{"value": value} for value in new], "delete": [{"value": value} for value in gone]}
    await call("client-lists/v1#post-client-list-item", {"listId": identifier, "body": body})


async def activate(kind, identifier, network):
    if kind == "network":
        body = {"comments": inputs["comment"]}
        made = await call(
            "network-lists/v2#post-network-list-activate",
            {"networkListId": identifier, "environment": network, "body": body},
        )
        return "PLANNED" if not made else None
    body = {"action": "ACTIVATE", "network": network, "comments": inputs["comment"], "notificationRecipients": []}
    made = await call("client-lists/v1#post-client-list-activation", {"listId": identifier, "body": body})
    return "PLANNED" if not made else None


async def status(kind, identifier, network):
    if kind == "network":
        where = {"networkListId": identifier, "environment": network}
        return (await call("network-lists/v2#get-network-list-status", where))["activationStatus"]
    one = await call("client-lists/v1#get-client-list", {"listId": identifier})
    return one[f"{network.lower()}ActivationStatus"]


async def wait_for(kind, identifier, network):
    global left
    while True:
        now = await status(kind, identifier, network)
        if not now.startswith("PENDING") or left <= 0:
            return now
        left -= STEP
        await asyncio.sleep(STEP)


kind, identifier, row = await find_list()
before = await entries(kind, identifier)
new = [value for value in add if value not in before]
gone = [value for value in remove if value in before]
if new or gone:
    change = change_network_list if kind == "network" else change_client_list
    await change(identifier, new, gone)
result = {"list": row["name"], "id": identifier, "kind": f"{kind} list", "entriesBefore": len(before)}
result |= {"added": new, "removed": gone}
if len(new) < len(add):
    result["thereAlready"] = [value for value in add if value in before]
if len(gone) < len(remove):
    result["notThere"] = [value for value in remove if value not in before]
networks = [name for name in ("STAGING", "PRODUCTION") if name in inputs["networks"]]
for network in networks:
    result[network.lower()] = await activate(kind, identifier, network) or await wait_for(kind, identifier, network)
result
