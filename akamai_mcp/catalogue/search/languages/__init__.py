"""Questions in German, French, Spanish and Japanese, put into the English words of the field.

Others take `translation.to_english`. Each language is a file of words beside this module, written by hand.
"""
