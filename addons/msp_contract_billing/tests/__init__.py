from . import test_contract_versions
from . import test_billing_run
from . import test_ledger
from . import test_invoice_lines
from . import test_german_company
from . import test_security
from . import test_sale_order
from . import test_sale_invoicing
