"""Make the plain packages importable without Odoo, as their users do."""

import sys
from pathlib import Path

ADDONS = Path(__file__).resolve().parents[2] / "addons"
for addon in sorted(ADDONS.iterdir()):
    if (addon / "__manifest__.py").is_file() and str(addon) not in sys.path:
        sys.path.insert(0, str(addon))
