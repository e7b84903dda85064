from odoo import api, fields, models
from odoo.tools import format_date

from odoo.addons.msp_contract_billing.models.msp_contract_waiting import company_today

from .msp_imports_as import to_note
from .translated import translated

SHOWN = 10
# What that many answers had and the next one lacks is not just empty.
ENOUGH = 3


class MspLayout(models.Model):
    """Which columns a provider's files, or names its interface's answers, have.

    What is new or gone is said on first sight, before anybody wonders about amounts.
    """

    _name = "msp.layout"
    _description = "Columns of a provider's data"
    _inherit = ("msp.derived.mixin", "mail.thread", "mail.activity.mixin")
    _order = "changed_at desc nulls last, id desc"
    _mail_post_access = "read"

    provider_id = fields.Many2one(
        "msp.provider", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    source = fields.Char(
        required=True, help="Format of the file, or part of the interface."
    )
    title = fields.Char("What", required=True)
    columns = fields.Json("Known")
    # of answers, which leave out what is empty: names that none has lacked so far, and
    # how many answers that were
    steady = fields.Json()
    before = fields.Text(compute="_compute_sides")
    now = fields.Text(compute="_compute_sides")
    # what the last change was: lists of names
    added = fields.Json()
    gone = fields.Json()
    previous = fields.Json()
    added_label = fields.Char("New", compute="_compute_sides")
    gone_label = fields.Char("Not There Any More", compute="_compute_sides")
    changed_at = fields.Datetime("Last Change")
    import_id = fields.Many2one("msp.import", "First Seen In", ondelete="set null")

    _source_unique = models.Constraint(
        "UNIQUE (provider_id, company_id, source)",
        "The columns of this source are in the list already.",
    )

    @api.depends("title", "provider_id.name")
    def _compute_display_name(self):
        for one in self:
            one.display_name = f"{one.provider_id.name}: {one.title}"

    @api.depends("columns", "previous", "added", "gone")
    def _compute_sides(self):
        for one in self:
            one.before = "\n".join(one.previous or ())
            gone = one.gone or ()
            one.now = "\n".join(name for name in one.columns or () if name not in gone)
            one.added_label = ", ".join(one.added or ()) or False
            one.gone_label = ", ".join(one.gone or ()) or False

    @api.model
    def _watch(self, provider, company, source, title, columns, **options):
        """Compare names with those known; tell the owner what differs.

        :param columns: in their order
        :param options: `import_`; `steady`: {name: in how many answers}, of those that
            none lacks, if what is empty is left out. Then only a name that never was
            missing has gone
        """
        import_, steady = options.get("import_"), options.get("steady")
        columns = list(columns)
        # sudo: whoever imports a file need not see the owner's activities
        known = self.sudo().search(
            [
                ("provider_id", "=", provider.id),
                ("company_id", "=", company.id),
                ("source", "=", source),
            ]
        )
        if not known:
            return self._system_create(
                [
                    {
                        "provider_id": provider.id,
                        "company_id": company.id,
                        "source": source,
                        "title": title,
                        "columns": columns,
                        "steady": steady,
                        "import_id": import_.id if import_ else False,
                    }
                ]
            )
        before = known.columns or []
        added = [name for name in columns if name not in before]
        gone = [name for name in before if name not in columns]
        if steady is not None:
            counts = known.steady or {}
            gone = [name for name in gone if counts.get(name, 0) >= ENOUGH]
            # What has gone once is no news if it comes again.
            columns = before + added
            known._system_write(
                {
                    "steady": {
                        name: counts[name] + steady[name]
                        for name in counts
                        if name in steady
                    }
                }
            )
        if added or gone:
            known._system_write(
                {
                    "columns": columns,
                    "previous": before,
                    "added": added,
                    "gone": gone,
                    "changed_at": fields.Datetime.now(),
                    "import_id": import_.id if import_ else False,
                }
            )
            known._tell_owner(added, gone)
        return known

    def _tell_owner(self, added, gone):
        owner = self.provider_id.user_id
        # Of a shared provider, the owner need not be of this company.
        is_here = owner.active and self.company_id in owner.sudo().company_ids
        words = self.with_context(lang=owner.lang) if is_here else self
        sentences = []
        if added:
            sentences.append(
                words.env._("New and not used by anything here: %s", _short(added))
            )
        if gone:
            sentences.append(words.env._("Not there any more: %s", _short(gone)))
        body = to_note(sentences)
        self.message_post(body=body)
        if is_here:
            today = company_today(self.company_id)
            self.activity_schedule(
                "mail.mail_activity_data_warning",
                date_deadline=today,
                summary=words.env._(
                    "%(what)s has other columns since %(day)s",
                    what=self.display_name,
                    day=format_date(words.env, today),
                ),
                note=body,
                user_id=owner.id,
            )


def _names(answer, depth=3):
    """Return the names of an answer; those of an object in it follow its own.

    Of a list it is enough to know that it is there: it may be empty.
    """
    names = []
    for name, value in answer.items():
        names.append(name)
        if isinstance(value, dict) and depth > 1:
            names += [f"{name}.{inner}" for inner in _names(value, depth - 1)]
    return names


def _short(names):
    shown = ", ".join(names[:SHOWN])
    left = len(names) - SHOWN
    return f"{shown} (+{left})" if left > 0 else shown


class MspImport(models.Model):
    _inherit = "msp.import"

    def _store(self, reading, parts=None):
        super()._store(reading, parts)
        if self.is_count:
            return
        profile = self.profile_id
        self.env["msp.layout"]._watch(
            self.provider_id,
            self.company_id,
            f"profile:{profile.id}" if profile else self.format_id,
            profile.name if profile else translated(self.env, reading.format.title),
            reading.header,
            import_=self,
            steady=dict.fromkeys(reading.header, 1)
            if reading.table.plain.kind == "json"
            else None,
        )


class MspSync(models.Model):
    _inherit = "msp.sync"

    def _take_page(self, page):
        super()._take_page(page)
        answers = [_names(one.raw) for one in page.subscriptions if one.raw]
        if answers:
            names = dict.fromkeys(name for answer in answers for name in answer)
            self.env["msp.layout"]._watch(
                self.provider_id,
                self.company_id,
                f"subscriptions:{self.connection_id.kind}",
                self.env._("Subscriptions of the interface"),
                names,
                steady=dict.fromkeys(
                    set(answers[0]).intersection(*answers[1:]), len(answers)
                ),
            )
