"""Consent: which calls ask, what the question says, and whose answer lets a call be sent.

Others take `decision` for how a user can be asked and what came of it, `confirmation.Confirmations` for the gate and the
settings, `question` for the text of a dry run, and `planned` and `plan_question` for
the changes of a program.
"""
