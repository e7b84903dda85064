import base64
import hashlib

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_datetime, split_every

from ..formats import (
    FORMATS,
    FormatsError,
    Problem,
    ProviderCharge,
    UnknownHeader,
    format_vendor,
    open_file,
    profile_format,
    recognise,
    vendor_code,
)
from .translated import translated

# What begins later is a slip, and breaks arithmetic with days.
LAST_YEAR = 2199
# Rows stored by one `create`.
BATCH_SIZE = 500
# Rows of a large file committed together.
PART_SIZE = 5000


class MspImport(models.Model):
    """Step 1: the file becomes rows and problems."""

    _inherit = "msp.import"

    @api.model
    def import_file(self, provider, file_name, content):
        """Read a file; return the import with its rows, or nothing is stored.

        A file whose columns are not known yet is kept and waits for the column
        profile that was drafted for it (state "columns").

        :param provider: msp.provider record or its id; empty: recognised by the
            columns
        :param content: bytes, or base64 text when called from outside
        :raise UserError: the file cannot be read, or was imported before
        """
        self.check_access("create")
        if not isinstance(provider, models.BaseModel):
            provider = self.env["msp.provider"].browse(provider or ())
        provider = provider.with_env(self.env)
        provider.check_access("read")
        self._check_company_of(provider)
        if isinstance(content, str):
            content = base64.b64decode(content)
        digest = hashlib.sha256(content).hexdigest()
        self._check_new(file_name, digest)
        forms, profiles = self._load_formats(provider)
        try:
            with open_file(content, file_name, formats=forms) as reading:
                profile = profiles.get(reading.format.id)
                provider = provider or self._recognise(
                    file_name, reading.format, reading.vendor, profile, profiles
                )
                vals = self._prepare_import_vals(provider, file_name, content)
                vals["header_fingerprint"] = reading.header_fingerprint
                if profile:
                    vals["profile_id"] = profile.id
                else:
                    vals["format_id"] = reading.format.id
                import_ = self._create_kept(vals, content)
                import_._store(reading)
        except UnknownHeader as unknown:
            import_ = self._ask_for_columns(provider, file_name, content, unknown)
        except FormatsError as error:
            raise UserError(translated(self.env, error.sentence)) from error
        return import_

    @api.model
    def _check_company_of(self, provider):
        if provider.company_id not in (self.env.company.browse(), self.env.company):
            raise UserError(
                self.env._(
                    "Provider %(provider)s belongs to %(owner)s, while you work for "
                    "%(company)s. Switch the company, then import the file.",
                    provider=provider.name,
                    owner=provider.company_id.name,
                    company=self.env.company.name,
                )
            )

    @api.model
    def _load_formats(self, provider):
        """Return the formats to try, and {format id: confirmed profile}."""
        domain = Domain("company_id", "in", [False, self.env.company.id])
        domain &= Domain("state", "=", "confirmed")
        if provider:
            domain &= Domain("provider_id", "=", provider.id)
        else:
            domain &= Domain("provider_id.active", "=", True)
        profiles = self.env["msp.import.profile"].search(domain)
        by_id = {}
        forms = list(FORMATS.values())
        if provider.format_id:
            # A vendor has a file for seats and another one for usage, and formats of
            # several vendors may be its as well.
            vendors = ("", format_vendor(provider.format_id))
            forms = [form for form in forms if format_vendor(form.id) in vendors]
        for profile in profiles:
            form = profile_format(profile._to_plain())
            by_id[form.id] = profile
            forms.append(form)
        return forms, by_id

    @api.model
    def _recognise_file(self, file_name, content):
        """Return the provider whose file this is, by its header alone.

        :raise UserError: there is none, or there are several
        """
        forms, profiles = self._load_formats(self.env["msp.provider"])
        try:
            form, vendor = recognise(content, file_name, forms)
        except UnknownHeader:
            raise self._unknown_columns(file_name) from None
        except FormatsError as error:
            raise UserError(translated(self.env, error.sentence)) from error
        profile = profiles.get(form.id)
        return self._recognise(file_name, form, vendor, profile, profiles)

    @api.model
    def _recognise(self, file_name, form, vendor, profile, profiles):
        """Return the provider whose file this is, by the format it was read in.

        If several have the format, or none, the vendor that the file names decides.
        """
        if profile:
            same = [
                one
                for one in profiles.values()
                if one.fingerprint == profile.fingerprint
            ]
            providers = profile.union(*same).provider_id
        else:
            everyone = self.env["msp.provider"].search(
                [("company_id", "in", [False, self.env.company.id])]
            )
            code = form.id.partition("_")[0]
            named = everyone.filtered(
                lambda one: vendor and vendor_code(one.code) == vendor
            )
            providers = everyone.filtered(lambda one: one.format_id == form.id)
            if len(providers) > 1:
                providers = providers & named or providers
            providers = (
                providers or everyone.filtered(lambda one: one.code == code) or named
            )
            # A company's own provider before the one that all share.
            providers = providers.filtered("company_id") or providers
        if len(providers) == 1:
            return providers
        title = profile.name if profile else translated(self.env, form.title)
        if not providers:
            raise UserError(
                self.env._(
                    "“%(file)s” is a file of kind %(kind)s, but no provider has this "
                    "file format. Choose the provider.",
                    file=file_name,
                    kind=title,
                )
            )
        raise UserError(
            self.env._(
                "“%(file)s” may come from each of %(providers)s. Choose the provider.",
                file=file_name,
                providers=", ".join(providers.mapped("name")),
            )
        )

    @api.model
    def _check_new(self, file_name, digest):
        earlier = self._find_earlier(digest)
        if earlier:
            raise UserError(self._explain_known(file_name, earlier))

    @api.model
    def _find_earlier(self, digest):
        """Return the import of the company that has a file of this SHA-256."""
        # sudo: whoever may import is told about an earlier import of the company,
        # even if record rules of other addons hide it
        return self.sudo().search(
            [
                ("company_id", "=", self.env.company.id),
                ("sha256", "=", digest),
                ("state", "!=", "withdrawn"),
            ],
            limit=1,
        )

    @api.model
    def _explain_known(self, file_name, earlier):
        return self.env._(
            "“%(file)s” has the same content as “%(first)s”, which %(user)s "
            "imported on %(day)s as %(import)s. Open that import, or withdraw "
            "it first if it shall be read again.",
            **{
                "file": file_name,
                "first": earlier.file_name,
                "user": earlier.create_uid.name,
                "day": format_datetime(self.env, earlier.create_date),
                "import": earlier.name,
            },
        )

    @api.model
    def _prepare_import_vals(self, provider, file_name, content):
        sequence = self.env["ir.sequence"].with_company(self.env.company)
        return {
            "name": sequence.next_by_code("msp.import"),
            "provider_id": provider.id,
            "company_id": self.env.company.id,
            # until the file says another one
            "currency_id": self.env.company.currency_id.id,
            "file_name": file_name,
            "sha256": hashlib.sha256(content).hexdigest(),
        }

    def _store(self, reading, parts=None):
        """Store charges and problems of the file, batch by batch.

        :param parts: `Parts` of a file that is read in several transactions: its rows
            stand aside until all are read
        """
        charges, problems = self.env["msp.provider.charge"], []
        currencies, links_of = self._load_currencies(), self._load_known_links()
        invoices = {}
        for batch in split_every(PART_SIZE if parts else BATCH_SIZE, reading):
            vals_list = []
            last = batch[-1].row
            for item in batch:
                if isinstance(item, ProviderCharge):
                    item = self._check_charge(item, currencies)
                if isinstance(item, Problem):
                    problems.append(item)
                    continue
                invoices[item.invoice_id] = True
                if not parts or item.row > parts.position:
                    vals = charges._prepare_vals(self, item, currencies)
                    vals_list.append({**vals, **links_of(vals)})
            if not parts:
                charges._stage(vals_list)
            elif last > parts.position:
                content = charges._put_aside(vals_list) if vals_list else False
                parts.end(last, last - parts.position, content)
        if parts:
            parts.store_aside()
        self._store_problems(reading, problems, currencies)
        self._system_write(self._prepare_read_vals(reading, currencies, invoices))
        # COPY tells the cache nothing.
        self.env.flush_all()
        self.env.invalidate_all()

    def _load_currencies(self):
        # Prices of a vendor come in currencies that a company need not use itself.
        currencies = self.env["res.currency"].with_context(active_test=False)
        currencies = currencies.search_fetch([("name", "!=", False)], ["name"])
        return {currency.name: currency.id for currency in currencies}

    def _check_charge(self, charge, currencies):
        """Return the charge, or what is wrong with its currency or first day."""
        if charge.charge_period_start.year > LAST_YEAR:
            return Problem(
                charge.row,
                "",
                charge.charge_period_start.isoformat(),
                self.env._(
                    "the charge begins on a day that no bill has; correct the file or "
                    "download it again"
                ),
                charge.billed_cost,
                charge.billing_currency,
            )
        if charge.billing_currency in currencies:
            return charge
        reason = self.env._(
            "the currency %s is not known here; correct the file or add the currency",
            charge.billing_currency,
        )
        return Problem(charge.row, "Currency", charge.billing_currency, reason)

    def _store_problems(self, reading, problems, currencies):
        """Store rows that yielded no charge, with their text, and what was odd."""
        wanted, texts = {problem.row for problem in problems}, {}
        if wanted:
            for number, text in enumerate(reading.table.records(), start=1):
                if number in wanted:
                    texts[number] = text.strip()
        model = self.env["msp.import.problem"]
        vals_list = [
            model._prepare_problem_vals(self, problem, texts, currencies)
            for problem in problems
        ]
        vals_list += [
            model._prepare_notice_vals(self, notice) for notice in reading.warnings
        ]
        previous = self._find_other_header()
        if previous:
            vals_list.append(
                {
                    "import_id": self.id,
                    "company_id": self.company_id.id,
                    "severity": "notice",
                    "reason": self.env._(
                        "the file has other columns than %s; check that the amounts "
                        "are what you expect",
                        previous.name,
                    ),
                }
            )
        for batch in split_every(BATCH_SIZE, vals_list):
            model._system_create(list(batch))

    def _find_other_header(self):
        """Return the import before this one if its columns were others."""
        previous = self.search(
            [
                ("provider_id", "=", self.provider_id.id),
                ("company_id", "=", self.company_id.id),
                ("format_id", "=", self.format_id),
                ("id", "!=", self.id),
                ("state", "not in", ["withdrawn", "columns"]),
            ],
            limit=1,
        )
        is_same = previous.header_fingerprint == self.header_fingerprint
        return previous.browse() if is_same else previous

    def _prepare_read_vals(self, reading, currencies, invoices):
        totals, bad = reading.totals, reading.problem_amounts
        codes = sorted(totals, key=lambda code: -abs(totals[code].billed_cost))
        codes += [code for code in bad if code not in totals]
        code = next(iter(codes), None)
        first, last, charge_count = self.env["msp.provider.charge"]._read_group(
            [("import_id", "=", self.id)],
            aggregates=[
                "charge_period_start:min",
                "charge_date_end:max",
                "row_count:sum",
            ],
        )[0]
        charge_count = charge_count or 0
        amount = (totals[code].billed_cost if code in totals else 0) + bad.get(code, 0)
        return {
            "state": "read",
            "row_count": reading.rows,
            "charge_count": charge_count,
            "problem_count": reading.rows - charge_count,
            "currency_id": currencies.get(code, self.company_id.currency_id.id),
            "amount_read": float(amount),
            "month": self._find_month(),
            "date_start": first,
            "date_end": last,
            # a file without a number of its own has its hash instead
            "invoice_numbers": ", ".join(
                [number for number in invoices if number != self.sha256][:10]
            ),
        }

    def _find_month(self):
        """Return the first day of the month for which the file mostly speaks.

        Rows that say a quantity decide; a file without any has the month in which
        most rows begin. Corrections reach back for years, so the first day of
        the file says nothing.
        """
        groups = self.env["msp.provider.charge"]._read_group(
            [("import_id", "=", self.id)],
            ["is_quantity", "charge_period_start:month"],
            ["__count"],
        )
        best = max(
            groups,
            key=lambda group: (group[0], group[2], -group[1].toordinal()),
            default=None,
        )
        return best and best[1]
