"""What commands print for people: tables and descriptions, readable on a terminal and whole in a pipe.

Others take `tables`, `description`, `json_text`, and `messages` for lines on stderr.
"""
