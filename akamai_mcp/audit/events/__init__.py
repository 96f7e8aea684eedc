"""Tells another system what was changed: each line of the audit trail as a CloudEvent, at least once and in order.

Others take `delivery.sending`, its `delivery.EventPolicy`, and `trail.Trail` to say how far it is.
"""
