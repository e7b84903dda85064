"""What is sold in the demo."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Article:
    """Something that is sold.

    :param price: list price per month; of a one-time article its price
    :param cost: the provider's price per month (Microsoft: with a yearly
        commitment), None for services of our own
    :param offer: the parts of the provider's article number. Microsoft: ProductId,
        SkuId and AvailabilityId; Ingram: MPN; SkyKick: product and plan
    :param provider: microsoft | ingram | skykick, empty for services of our own
    """

    key: str
    name: str
    price: Decimal
    cost: Decimal | None = None
    offer: tuple[str, ...] = ()
    is_recurring: bool = True
    provider: str = ""

    @property
    def code(self) -> str:
        """Return the article number by which a file's rows find the product."""
        return (" / " if self.provider == "skykick" else ":").join(self.offer[:2])


ARTICLES = (
    Article(
        "premium",
        "Microsoft 365 Business Premium",
        Decimal("22.90"),
        Decimal("19.10"),
        ("CFQ7TTC0LCHC", "0002", "CFQ7TTC0NL01"),
        provider="microsoft",
    ),
    Article(
        "standard",
        "Microsoft 365 Business Standard",
        Decimal("13.40"),
        Decimal("10.85"),
        ("CFQ7TTC0LDPB", "0001", "CFQ7TTC0NL02"),
        provider="microsoft",
    ),
    Article(
        "exchange",
        "Exchange Online (Plan 1)",
        Decimal("4.60"),
        Decimal("3.45"),
        ("CFQ7TTC0LH16", "0001", "CFQ7TTC0NL03"),
        provider="microsoft",
    ),
    Article(
        "defender",
        "Microsoft Defender for Business",
        Decimal("3.70"),
        Decimal("2.60"),
        ("CFQ7TTC0J1GB", "0003", "CFQ7TTC0NL04"),
        provider="microsoft",
    ),
    Article(
        "acrobat",
        "Acrobat Pro for teams",
        Decimal("23.90"),
        Decimal("18.40"),
        ("ACRO-PRO-TEAMS",),
        provider="ingram",
    ),
    Article(
        "endpoint",
        "Endpoint Protection Advanced",
        Decimal("5.20"),
        Decimal("3.60"),
        ("EPP-ADVANCED",),
        provider="ingram",
    ),
    Article(
        "cloudbackup",
        "Cloud Backup for Microsoft 365, Exchange + SharePoint",
        Decimal("4.40"),
        Decimal("2.90"),
        ("Cloud Backup for Microsoft 365", "Exchange + SharePoint"),
        provider="skykick",
    ),
    Article(
        "mailbackup",
        "Cloud Backup for Microsoft 365, Exchange",
        Decimal("2.60"),
        Decimal("1.70"),
        ("Cloud Backup for Microsoft 365", "Exchange"),
        provider="skykick",
    ),
    Article("workplace", "Managed Workplace", Decimal("39.00")),
    Article("backup", "Managed Backup", Decimal("59.50")),
    Article("storage", "Backup Storage, TB", Decimal("3.90")),
    Article("setup", "Set-up Fee", Decimal("490.00"), is_recurring=False),
    Article("travel", "Travel to the Customer", Decimal("85.00"), is_recurring=False),
)
# Microsoft bills it, but nobody has entered it as a product.
UNKNOWN_ARTICLE = Article(
    "powerbi",
    "Power BI Pro",
    Decimal(0),
    Decimal("9.40"),
    ("CFQ7TTC0H9MP", "0001", "CFQ7TTC0NL09"),
    provider="microsoft",
)
BY_KEY = {article.key: article for article in (*ARTICLES, UNKNOWN_ARTICLE)}
