"""The source of the README's figures: whole processes over stdio, each measured beside a bare server in the same run."""
