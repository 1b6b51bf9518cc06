"""The plugin's entry: Pulumi runs `python components ENGINE_ADDRESS` (see PulumiPlugin.yaml)."""

import sys

from dockyard.provider.server import main

sys.exit(main())
