"""What to do about an error response: one line for each kind.

Others take `refusal.Refusal`, `refusal.Sent` and `kinds.advise`.
"""
