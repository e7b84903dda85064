from . import account_move_reversal
from . import base_module_uninstall
from . import msp_contract_amend
from . import msp_contract_version_withdraw
from . import sale_advance_payment_inv
