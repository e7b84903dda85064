"""Make the plain packages importable without Odoo, and the helpers beside the tests."""

import sys
from pathlib import Path

UNIT = Path(__file__).resolve().parent
ROOT = UNIT.parents[1]
PACKAGES = [path.parent for path in sorted(ROOT.glob("addons/*/__manifest__.py"))]
HELPERS = [path for path in sorted(UNIT.iterdir()) if path.is_dir()]
VENDORS = [path.parent for path in sorted(ROOT.glob("addons/*/tests/vendors"))]
for folder in (*PACKAGES, *HELPERS, *VENDORS, ROOT):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
