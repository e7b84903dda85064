from .common import ImportCommon


class StepsCommon(ImportCommon):
    """A customer with ten units under contract."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(cls.customer, [(cls.premium, 10, 20.0)])
        cls.position = cls.contract.position_ids
