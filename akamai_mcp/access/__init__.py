"""Who may do what: the gate that authorizes every call, with its rules, callers, roles, quotas and confirmations.

Others take `gate.Gate` to authorize a call, `action.Action` to say what it would do, `visibility.Visibility` for what may be
listed, `rule_check.unmatched_rules` for rules that match nothing, and the values of `authentication`, `caller_customers`,
`callers`, `listening`, `policy`, `quotas`, `roles` and `tokens`. The room `consent/` asks before a call that destroys something
or returns a credential.
"""
