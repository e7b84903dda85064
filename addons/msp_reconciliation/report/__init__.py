from . import msp_reconciliation_report
