from . import test_contract_versions
from . import test_billing_run
from . import test_ledger
from . import test_invoice_lines
from . import test_security
