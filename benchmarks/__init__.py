"""Where the README's figures come from: whole processes over stdio, each beside the bare thing in the same run."""
