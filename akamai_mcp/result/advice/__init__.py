"""What to do about an error response: one line for each kind.

Others take `refusal.Refusal` and `Sent`, and `kinds.advise`; docs/troubleshooting.md takes `kinds.KINDS`.
"""
