"""What something at a provider may be here: evidence, scores, reasons.

Plain Python: `import proposals` works without Odoo.
"""

from .cells import find_cells
from .codes import article_codes, plain_code
from .domains import host_of, is_public_mail, mail_domain
from .evidence import Evidence, Proposal, choose
from .names import NameIndex, plain_name
from .vat import plain_vat

__all__ = [
    "Evidence",
    "NameIndex",
    "Proposal",
    "article_codes",
    "choose",
    "find_cells",
    "host_of",
    "is_public_mail",
    "mail_domain",
    "plain_code",
    "plain_name",
    "plain_vat",
]
