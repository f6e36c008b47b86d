"""Django's own commands for this project, with the embedded database started when they need it: `gongyi manage …`."""

import sys

from gongyi.config.cli import main

if __name__ == "__main__":
    sys.exit(main(["manage", *sys.argv[1:]]))
