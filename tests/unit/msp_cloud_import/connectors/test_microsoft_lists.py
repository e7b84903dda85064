"""Lists of Partner Center: pages that repeat, do not end, or look otherwise."""

import pytest
from connectors import errors
from connectors.errors import ConnectorError
from microsoft_common import all_pages, problem_of, subscriptions_of


def test_token_that_is_too_old_begins_anew(microsoft, connector, customers):
    page = connector.read_subscriptions()
    cursor = page.cursor | {"token": "lapsed"}
    again = connector.read_subscriptions(cursor)
    assert again.customers == page.customers
    assert again.done == 7


def test_tokens_that_are_never_taken(microsoft, connector, customers):
    cursor = connector.read_subscriptions().cursor
    with pytest.raises(ConnectorError) as caught:
        for _ in range(10):
            cursor = cursor | {"token": "lapsed"}
            cursor = connector.read_subscriptions(cursor).cursor
    assert caught.value.code == errors.NOT_UNDERSTOOD


def test_pages_that_come_twice_count_once(microsoft, connector, customers):
    def twice(status, headers, body):
        body["items"] = [microsoft.data.customers[id] for id in customers[:7]]
        return status, headers, body

    microsoft.faults.add("/v1/customers$", "change", by=twice, after=1)
    pages = all_pages(connector)
    # The second page was a copy of the first, so its own customers are missing: the
    # list is read once more.
    read = [id for page in pages for id in page.customers]
    assert read == [*customers[:7], *customers[14:], *customers]


@pytest.mark.parametrize("items", ["same", "none"])
def test_list_without_an_end(microsoft, connector, customers, items):
    def again(status, headers, body):
        token = {"key": "MS-ContinuationToken", "value": "page:0"}
        body["links"]["next"] = {"headers": [token]}
        if items == "none":
            body["items"] = []
        return status, headers, body

    microsoft.faults.add("/v1/customers$", "change", times=None, by=again)
    with pytest.raises(ConnectorError) as caught:
        all_pages(connector)
    assert caught.value.code == errors.NOT_UNDERSTOOD
    assert "repeats itself" in str(caught.value)
    assert len(microsoft.calls("/v1/customers$")) <= 6


def test_subscriptions_without_an_end(microsoft, connector):
    customer = microsoft.data.add_customer("Muster Bau GmbH")
    microsoft.data.add_subscription(customer, "Office")

    def again(status, headers, body):
        token = {"key": "MS-ContinuationToken", "value": "same"}
        return 200, {}, body | {"links": {"next": {"headers": [token]}}}

    microsoft.faults.add("/subscriptions$", "change", times=None, by=again)
    (page,) = all_pages(connector)
    ((name, error),) = page.problems
    assert (name, error.code) == (customer, errors.NOT_UNDERSTOOD)


@pytest.mark.parametrize("said", [[], {"value": []}, {"items": {}}, None, 5])
def test_list_of_another_shape(microsoft, connector, customers, said):
    microsoft.faults.add("/v1/customers$", "change", by=lambda *_: (200, {}, said))
    error = problem_of(connector)
    assert error.code == errors.NOT_UNDERSTOOD


def test_customer_without_id_is_a_problem_of_its_own(microsoft, connector, customers):
    def spoil(status, headers, body):
        body["items"].insert(2, {"companyProfile": {"companyName": "?"}})
        return status, headers, body

    microsoft.faults.add("/v1/customers$", "change", by=spoil)
    pages = all_pages(connector)
    assert len(subscriptions_of(pages)) == 50
    ((name, error),) = [one for page in pages for one in page.problems]
    assert (name, error.code) == ("", errors.NOT_UNDERSTOOD)


def test_no_customers_at_all(microsoft, connector):
    page = connector.read_subscriptions()
    assert page.cursor is None and page.subscriptions == () and page.total == 0


def test_next_page_by_the_header_alone(microsoft, connector, customers):
    def without_links(status, headers, body):
        links = body.pop("links")
        next_ = links.get("next")
        if next_:
            headers = {"MS-ContinuationToken": next_["headers"][0]["value"]}
        return status, headers, body

    microsoft.faults.add("/v1/customers$", "change", times=None, by=without_links)
    assert len(subscriptions_of(all_pages(connector))) == 50
