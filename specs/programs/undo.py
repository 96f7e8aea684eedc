"""
summary: "Take back what a run changed, in reverse order: the plan is asked for, and what cannot be taken back is told."
asks:
  - Undo what you just changed
  - Take back the last run
  - Revert these changes
  - Bring back what was there before
  - That was wrong, take it all back
  - Restore the state before the last program
  - Cancel the effect of a run
effect: destroy
inputs:
  type: object
  required: [run]
  properties:
    run: {type: string, description: "Name of the run whose changes are taken back, from its answer or akamai://runs"}
"""

found = await reversal(inputs["run"])
send = call  # which operation it is stands in the step


def filled(value, now):
    """A value with the members that the resource has now."""
    if isinstance(value, dict):
        if list(value) == ["=now"]:
            return now.get(value["=now"])
        return {name: filled(part, now) for name, part in value.items()}
    if isinstance(value, list):
        return [filled(part, now) for part in value]
    return value


done, left, changed = [], found["left"], False
for step in found["steps"]:
    if step["last"] and changed:
        left = left + [{"request": made, "reason": "its content was changed since"} for made in step["takesBack"]]
        continue
    arguments = step["arguments"]
    if step["now"]:
        arguments = filled(arguments, await send(step["now"]["call"], step["now"]["arguments"], customer=step["customer"]))
    try:
        await send(step["call"], arguments, customer=step["customer"], only_if=step["onlyIf"])
        done.append(step["takesBack"])
    except RuntimeError as error:
        if "was changed since" not in str(error):
            raise
        changed = True
        left = left + [{"request": made, "reason": "it was changed since"} for made in step["takesBack"]]
result = {"run": inputs["run"], "takenBack": done, "left": left}
if "note" in found:
    result["note"] = found["note"]
result
