"""Whether Akamai's answers are as the documents say: compared beside the calls, counted, and told without any value of an answer.

Others take `checker.AnswerChecker` to hand answers over, `checker.CheckPolicy`, `drift_file` for what was
found, `difference` for one of them, and `diff` for what one folder of documents has that another has not.
"""
