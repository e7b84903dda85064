from . import test_import_steps
from . import test_mapping
from . import test_import_security
from . import test_import_broken_files
from . import test_import_partner_merge
from . import test_tour
