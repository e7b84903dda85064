import base64

from .common import ContractCommon, day

HEADER = "Contract;Position;First Day;Last Day;Amount;Invoice"


class OpeningCommon(ContractCommon):
    """Two contracts taken over, and files that say what was billed for them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seats.default_code = "BP-1"
        cls.contract = cls._contract(
            day(1), [(cls.seats, 10, 12.50), (cls.backup, 1, 30.00)], title="Licences"
        )
        cls.seat_position, cls.backup_position = cls.contract.position_ids
        cls.other = cls._contract(day(1), [(cls.seats, 2, 10.00)])

    def _import(self, *rows, header=HEADER, user=None, name="old.csv"):
        imports = self.env["msp.opening.import"].with_user(user or self.env.user)
        content = "\n".join([header, *rows]).encode()
        return imports.create({"file": base64.b64encode(content), "file_name": name})

    def _row(self, contract=None, position="Backup", amount="30,00", **values):
        days = values.get("days", "2026-01-01;2026-01-31")
        contract = (contract or self.contract).name
        return f"{contract};{position};{days};{amount};{values.get('number', 'R-17')}"

    def _states(self, one):
        return one.row_ids.mapped("state")
