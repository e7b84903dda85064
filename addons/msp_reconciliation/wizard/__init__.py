from . import mail_compose_message
from . import msp_bill_match
from . import msp_contract_amend
from . import msp_finding_close
from . import msp_reconciliation_start
from . import msp_trace
from . import msp_reconciliation_sign
