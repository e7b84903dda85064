"""The demo: a system house, its customers and three months of three providers' files.

`scenario` says what happens and `generator` draws it, `microsoft_file`,
`ingram_file` and `skykick_file` write it down as the providers do, `expected` and
`expected_findings` compute from it what must be billed and found, `story` plays it in
Odoo. Only `story`, `company`, `summary`, `proof`, `april` and `desks` know Odoo.
"""
