"""The call log, metrics and traces. Loaded only where one of them is configured.

Others take `middleware`, which writes all three from the call's record, `metrics` for the route and `traces` for the doctor.
"""
