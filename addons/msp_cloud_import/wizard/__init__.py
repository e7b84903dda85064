from . import msp_import_upload
from . import msp_import_withdraw
from . import msp_import_ignore
from . import msp_import_choose
from . import msp_import_choose_share
from . import msp_import_edit
from . import msp_trace
from . import msp_trace_amounts
