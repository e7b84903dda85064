"""Local servers that behave like the providers' interfaces; plain Python, no Odoo.

Each vendor's module has a `VendorServer` with plain data that a test may change.
"""

from .faults import Answered, Faults
from .server import Request, VendorServer
