from typing import Any

import pytest

from semblance.common.errors import InvalidInput
from semblance.search.domain.evaluation import EvaluationParameters


def test_nothing_said_means_the_wang_protocol() -> None:
    parameters = EvaluationParameters.read({})

    assert (parameters.protocol, parameters.feedback) == ("wang", "")


def test_a_method_means_the_control_protocol() -> None:
    assert EvaluationParameters.read({"feedback": "rocchio"}).protocol == "control"
    assert EvaluationParameters.read({"protocol": "control"}).feedback == "rocchio"


def test_values_read_back_are_the_same() -> None:
    parameters = EvaluationParameters.read(
        {"extractors": ["a"], "feedback": "rocchio", "parameters": {"beta": 2}, "rounds": 2, "queries": None}
    )

    assert EvaluationParameters.read(parameters.values()) == parameters


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"protocol": "trec"}, "protocol"),
        ({"feedback": "luck"}, "feedback"),
        ({"feedback": "rocchio", "protocol": "wang"}, "feedback"),
        ({"extractors": "color"}, "extractors"),
        ({"extractors": [1]}, "extractors"),
        ({"rounds": 0}, "rounds"),
        ({"rounds": True}, "rounds"),
        ({"salts": 21}, "salts"),
        ({"queries": "all"}, "queries"),
        ({"parameters": []}, "parameters"),
        ({"speed": 9}, "speed"),
    ],
)
def test_nonsense_is_refused_by_field(values: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as error:
        EvaluationParameters.read(values)

    assert list(error.value.fields) == [field]
