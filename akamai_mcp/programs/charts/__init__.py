"""Charts that programs return.

Others take `chart` for what is asked for, and `drawing` for the picture, which Pillow draws.
"""
