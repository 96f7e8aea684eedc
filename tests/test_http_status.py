"""Each status is in one class."""

from __future__ import annotations

import pytest
from pipeline_fakes import ok

from akamai_mcp.http_status import is_client_error, is_error, is_redirect, is_server_error, is_success

CLASSES = {2: is_success, 3: is_redirect, 4: is_client_error, 5: is_server_error}


@pytest.mark.parametrize("status", [100, 199, 200, 299, 300, 399, 400, 499, 500, 599, 600, 999])
def test_a_status_is_in_the_class_of_its_first_digit_alone(status: int) -> None:
    assert [digit for digit, holds in CLASSES.items() if holds(status)] == [digit for digit in CLASSES if digit == status // 100]
    assert is_error(status) is (status // 100 in {4, 5})


@pytest.mark.parametrize("status", [200, 302, 304, 404, 503])
def test_a_response_is_of_the_class_of_its_status(status: int) -> None:
    response = ok(status=status)
    found = [response.is_success, response.is_redirect, response.is_client_error, response.is_server_error]
    assert found == [holds(status) for holds in CLASSES.values()]
    assert response.is_not_modified is (status == 304)
