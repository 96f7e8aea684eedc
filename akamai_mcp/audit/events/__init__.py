"""Tells another system what was changed: each line of the audit trail as a CloudEvent, at least once and in order.

Others take `delivery.EventDelivery` and `delivery.EventPolicy`.
"""
