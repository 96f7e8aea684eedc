"""Activations of security configurations."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from akamai_mcp.sandbox.account.account import CALLER, Account
from akamai_mcp.sandbox.account.security.configurations import config_at
from akamai_mcp.sandbox.account.security.state import ConfigActivation, Configuration
from akamai_mcp.sandbox.account.told import body_of, found, number, path_number, refuse, stamp
from akamai_mcp.sandbox.account.words import NETWORKS
from akamai_mcp.sandbox.exchange import Ask

Json = dict[str, Any]
ACTIVATIONS: Final = "/appsec/v1/activations"
STAGES: Final = {"ACTIVATE": ("RECEIVED", "LIVE", "ACTIVATED"), "DEACTIVATE": ("RECEIVED", "UNDEPLOYED")}
# What the history says while the activation says one of the words above.
PAST: Final = {"ACTIVATED": "ACTIVATED", "UNDEPLOYED": "DEACTIVATED"}


def activate(account: Account, ask: Ask) -> Json:
    """Begin to activate a version on a network, or to deactivate it."""
    body = body_of(ask)
    # The list has one configuration in practice, and the answer has room for one activation.
    wanted = found(next(iter(body.get("activationConfigs", [])), None), "A configuration to activate")
    one = found(account.security.configurations.get(number(wanted.get("configId"))), "The configuration")
    version = found(one.versions.get(number(wanted.get("configVersion"))), "The version")
    if body.get("network") not in NETWORKS or body.get("action", "ACTIVATE") not in STAGES:
        refuse(HTTPStatus.BAD_REQUEST, "The network is STAGING or PRODUCTION, the action ACTIVATE or DEACTIVATE.")
    made = ConfigActivation(
        number=account.new_number(),
        version=version.number,
        network=body["network"],
        action=body.get("action", "ACTIVATE"),
        note=str(body.get("note", "")),
        user=CALLER,
        date=account.now,
        work=account.work(*STAGES[body.get("action", "ACTIVATE")]),
    )
    one.activations[made.number] = made
    return _activation_row(account, one, made)


def one_activation(account: Account, ask: Ask) -> Json:
    """An activation; each look sees it further on."""
    wanted = path_number(ask, "activationId")
    one = found(
        next((one for one in account.security.configurations.values() if wanted in one.activations), None), "The activation"
    )
    # The path names the activation alone, so its configuration was looked for among all.
    one.activations[wanted].work.look()
    return _activation_row(account, one, one.activations[wanted])


def history(account: Account, ask: Ask) -> Json:
    """The activations of a configuration, the newest first."""
    one = config_at(account, ask)
    rows = [_history_row(account, each) for each in sorted(one.activations.values(), key=lambda each: -each.number)]
    return {"configId": one.number, "activationHistory": rows}


def _activation_row(account: Account, one: Configuration, activation: ConfigActivation) -> Json:
    return {
        "activationId": activation.number,
        "action": activation.action,
        "network": activation.network,
        "status": activation.work.word(account.now),
        "createDate": stamp(activation.date),
        "createdBy": activation.user,
        "dispatchCount": 1,
        "activationConfigs": [{"configId": one.number, "configName": one.name, "configVersion": activation.version}],
    }


def _history_row(account: Account, activation: ConfigActivation) -> Json:
    pending = f"{'ACTIVATION' if activation.action == 'ACTIVATE' else 'DEACTIVATION'}_IN_PROGRESS"
    return {
        "activationId": activation.number,
        "version": activation.version,
        "network": activation.network,
        "status": PAST.get(activation.work.word(account.now), pending),
        "activatedBy": activation.user,
        "activationDate": stamp(activation.date),
        "notes": activation.note,
    }
