"""The general prompts: look over an account, find out what happened, plan a change. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneralTask:
    """A task in words; `inputs` are its arguments with what they are, the first of them required."""

    name: str
    summary: str
    inputs: Mapping[str, str] = field(hash=False)
    text: str

    @property
    def required(self) -> tuple[str, ...]:
        """The arguments that must be given."""
        return tuple(self.inputs)[:1] if self.name != AUDIT else ()


AUDIT: Final = "audit-account"
GENERAL: Final = (
    GeneralTask(
        name=AUDIT,
        summary="Look over an Akamai account for what needs attention, and report it by urgency.",
        inputs={"focus": "What to look at above all: certificates, security, delivery, DNS, costs"},
        text="""Only read; change nothing. Begin with akamai_list_operations to see which programs (@name) and operations help.
1. What there is: contracts, groups, properties, security configurations, zones, EdgeWorkers, counted by one akamai_query.
2. What ends or is broken: certificates that end within 60 days (@certificates-ending), failed or pending activations, staging and
   production that differ for long, old rule formats.
3. What is not protected: hostnames in delivery that no security configuration covers, policies that only alert.
4. Who can do what: API clients and users with wide rights that have not been used for long.
Report a table with one row for each finding: what, where, why it matters, what to do, how urgent. Say what you could not read,
and which permission it needs.""",
    ),
    GeneralTask(
        name="investigate-change",
        summary="Find out what changed at Akamai before something broke, who did it, and how to take it back.",
        inputs={
            "symptom": "What is seen, where (URL or hostname), and since when",
            "hostname": "The hostname that it is about",
        },
        text="""Only read; change nothing until I say so.
1. Find what serves the hostname (@what-protects-hostname): property, security configuration, certificate, zone.
2. List what was activated or edited there before the symptom, by whom and when (@who-changed-what): properties, security
   configurations, EdgeWorkers, zones; then network lists and events.
3. Compare the version before with the one after (@compare-versions), and look for what explains the symptom.
4. Check the symptom itself: an error reference can be translated, a URL can be requested from the edge.
Tell me the likeliest cause with its evidence, what speaks against it, and the smallest way back with its plan (dryRun: true).""",
    ),
    GeneralTask(
        name="plan-change",
        summary="Plan a change at Akamai step by step, show what it would send, and carry it out after agreement.",
        inputs={
            "goal": "What shall be different afterwards",
            "hostname": "The property or hostname that it is about",
        },
        text="""1. Read the present state, and say in one line what it is.
2. Look for a program that does the job (akamai_list_operations shows @names), else for the operations; describe each first.
3. Show the plan with dryRun: true: what is sent, in which order, what it changes, how it is checked, how it is taken back.
4. After I agree, change staging first, check it, and only then ask for production. Never answer a question that is meant for me.
5. At the end read the state again, and report what is different, with versions and ids.""",
    ),
)


def write_general(task: GeneralTask, given: Mapping[str, str], customer: str = "") -> str:
    """What a person asks an agent with a general prompt."""
    facts = [f"{name}: {given[name]}" for name in task.inputs if given.get(name)]
    facts += [f"customer: {customer}"] if customer else []
    return "\n\n".join([task.summary, *(["\n".join(facts)] if facts else []), task.text])


def write_general_skill(task: GeneralTask) -> str:
    """A general task as a skill file."""
    return f"---\nname: {task.name}\ndescription: {task.summary}\n---\n\n# {task.name}\n\n{task.text}\n"
