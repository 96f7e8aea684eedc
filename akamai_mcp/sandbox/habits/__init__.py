"""What the live API does and no document tells, each as a piece that is switched on by its name.

Others take `habits`, which reads them of a setting, and `live`, which asks each before and after an answer.
"""
