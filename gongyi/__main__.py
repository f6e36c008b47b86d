"""`python -m gongyi` is the command `gongyi`."""

import sys

from gongyi.config.cli import main

sys.exit(main())
