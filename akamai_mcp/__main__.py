"""`python -m akamai_mcp`: the same as the `akamai-mcp` script."""

import sys

from akamai_mcp.cli import main

if __name__ == "__main__":
    sys.exit(main())
