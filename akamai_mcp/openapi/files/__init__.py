"""The files that documents are read from: the content of a folder at one moment, and YAML within bounds.

Others take `folder` and `yaml_text`.
"""
