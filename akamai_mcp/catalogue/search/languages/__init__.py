"""Questions in German, French, Spanish and Japanese, and in the words of other vendors, put into the English words of the field.

Others take `translation.to_english` and `vendors.in_our_words`. Each language, and what other vendors say, is a file of words
beside this module, written by hand.
"""
