"""What several replicas share through Redis, and what stays true while Redis cannot be reached.

Others take `replica.Replicas`, which has all of it, `policy`, `results`, and `encryption.Keyring` to seal what is kept.
The doctor takes `connection` and `health` to look at Redis.
"""
