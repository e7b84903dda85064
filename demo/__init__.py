"""The demo: a system house, its customers and three months of Microsoft files.

`scenario` says what happens, `microsoft_file` writes it down as Microsoft does,
`expected` computes from it what must be billed, `story` plays it in Odoo. Only
`story` knows Odoo.
"""
