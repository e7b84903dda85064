from . import test_bundle
from . import test_comparison
from . import test_comparison_files
from . import test_findings
from . import test_reconciliation_security
from . import test_reconciliation_tour
from . import test_vendor_bill
from . import test_trace
