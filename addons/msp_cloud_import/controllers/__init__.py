from . import safe_export
