"""A local vendor for each test."""

import sys
from pathlib import Path

import pytest
from connectors import Answer
from connectors.errors import ConnectorError
from connectors.json_values import BadValue
from connectors.sentence import Sentence

sys.path.insert(0, str(Path(__file__).parent))

from microsoft_common import connect
from vendors.microsoft import MicrosoftServer
from vendors.microsoft_data import reconciliation_row


@pytest.fixture(scope="session")
def made():
    """Texts of sentences, and bare ones that errors and answers were given."""
    sentences, bare = set(), []
    make = Sentence.__new__

    def watched_new(cls, *args, **kwargs):
        sentence = make(cls, *args, **kwargs)
        sentences.add(str(sentence))
        return sentence

    def watch(patch, kind, told):
        init = kind.__init__

        def watched(self, *args, **kwargs):
            init(self, *args, **kwargs)
            bare.extend(
                (kind.__name__, text)
                for text in told(self)
                if isinstance(text, str) and not isinstance(text, Sentence)
            )

        patch.setattr(kind, "__init__", watched)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sentence, "__new__", watched_new)
        watch(patch, ConnectorError, lambda error: error.details.values())
        watch(patch, BadValue, lambda error: error.args)
        watch(patch, Answer, lambda answer: [answer.text])
        yield sentences, bare


@pytest.fixture(autouse=True)
def _errors_have_sentences_or_words_of_providers(made):
    """A sentence that was made a plain text can no longer be translated."""
    sentences, bare = made
    sentences.clear()
    bare.clear()
    yield
    constants = {
        str(value)
        for name, module in list(sys.modules.items())
        if name.startswith("connectors.")
        for value in vars(module).values()
        if isinstance(value, Sentence)
    }
    told = tuple(sentences | constants)
    # Amidst a text they may be words of the provider.
    assert not [one for one in bare if one[1].startswith(told) or one[1].endswith(told)]


@pytest.fixture
def microsoft():
    with MicrosoftServer() as server:
        yield server


@pytest.fixture
def connector(microsoft):
    connector = connect(microsoft)
    yield connector
    connector.close()


@pytest.fixture
def customer(microsoft):
    return microsoft.data.add_customer("Muster Bau GmbH")


@pytest.fixture
def rows(customer):
    """Seven lines of one invoice, as in the page's illustration."""
    first = {"SubscriptionId": "b3000000-0000-4000-8000-000000000001"}
    plain = reconciliation_row(customer, subscription_id="x") | first
    back = {"SubTotal": -81.24, "TaxTotal": -15.48, "Total": -96.72}
    rows = [plain, plain | back | {"ChargeType": "addQuantity"}]
    return rows + [plain | {"SkuId": f"000{number}"} for number in range(2, 7)]


@pytest.fixture
def invoice(microsoft, rows):
    microsoft.data.add_invoice("G000000001", "2026-04-08", "2026-03-31", rows)
    return "billed:G000000001"


@pytest.fixture
def customers(microsoft):
    """25 customers with two subscriptions each, seven on a page."""
    microsoft.page_size = 7
    found = []
    for number in range(25):
        customer = microsoft.data.add_customer(f"Kunde {number:02}")
        microsoft.data.add_subscription(customer, "Office", quantity=number + 1)
        microsoft.data.add_subscription(customer, "Mail", quantity=5)
        found.append(customer)
    return found


@pytest.fixture
def server(request):
    """Return the vendor whose server the test's module names."""
    with request.module.SERVER() as server:
        yield server
