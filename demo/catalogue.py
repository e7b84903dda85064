"""What is sold in the demo."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Article:
    """Something that is sold.

    :param price: list price per month; of a one-time article its price
    :param cost: Microsoft's price per month with a yearly commitment, None for
        services of our own
    :param offer: Microsoft's ProductId, SkuId and AvailabilityId
    """

    key: str
    name: str
    price: Decimal
    cost: Decimal | None = None
    offer: tuple[str, str, str] = ("", "", "")
    is_recurring: bool = True


ARTICLES = (
    Article(
        "premium",
        "Microsoft 365 Business Premium",
        Decimal("22.90"),
        Decimal("19.10"),
        ("CFQ7TTC0LCHC", "0002", "CFQ7TTC0NL01"),
    ),
    Article(
        "standard",
        "Microsoft 365 Business Standard",
        Decimal("13.40"),
        Decimal("10.85"),
        ("CFQ7TTC0LDPB", "0001", "CFQ7TTC0NL02"),
    ),
    Article(
        "exchange",
        "Exchange Online (Plan 1)",
        Decimal("4.60"),
        Decimal("3.45"),
        ("CFQ7TTC0LH16", "0001", "CFQ7TTC0NL03"),
    ),
    Article(
        "defender",
        "Microsoft Defender for Business",
        Decimal("3.70"),
        Decimal("2.60"),
        ("CFQ7TTC0J1GB", "0003", "CFQ7TTC0NL04"),
    ),
    Article("workplace", "Managed Workplace", Decimal("39.00")),
    Article("backup", "Managed Backup", Decimal("59.50")),
    Article("setup", "Set-up Fee", Decimal("490.00"), is_recurring=False),
)
# Microsoft bills it, but nobody has entered it as a product.
UNKNOWN_ARTICLE = Article(
    "powerbi",
    "Power BI Pro",
    Decimal(0),
    Decimal("9.40"),
    ("CFQ7TTC0H9MP", "0001", "CFQ7TTC0NL09"),
)
BY_KEY = {article.key: article for article in (*ARTICLES, UNKNOWN_ARTICLE)}
