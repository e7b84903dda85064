"""`formats` is importable even while the addon around it has no manifest yet."""

import sys
from pathlib import Path

ADDON = Path(__file__).resolve().parents[3] / "addons" / "msp_cloud_import"
if str(ADDON) not in sys.path:
    sys.path.insert(0, str(ADDON))
