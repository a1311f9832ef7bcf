"""What an evaluation is asked to do: checked once, for every face."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from semblance.common.errors import InvalidInput
from semblance.retrieval.feedback import METHODS

PROTOCOLS = ("wang", "control")
MOST = {"rounds": 20, "salts": 20, "queries": 1_000_000}


@dataclass(frozen=True, slots=True)
class EvaluationParameters:
    """How to measure; raises InvalidInput when made of nonsense.

    ``extractors``: those of the collection to measure, all by default. ``protocol``: ``wang``, each labelled image asks
    once for the rest, or ``control``, which measures feedback; where nothing is said, ``control`` if ``feedback`` names
    a method and else ``wang``. ``parameters`` go to the method; ``rounds`` and ``salts`` count for ``control``.
    ``queries``: at most so many, chosen by a hash (for ``control`` a salt); all by default.
    """

    extractors: Sequence[str] = ()
    protocol: str = ""
    feedback: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    rounds: int = 5
    salts: int = 5
    queries: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "protocol", self.protocol or ("control" if self.feedback else "wang"))
        if self.protocol == "control" and not self.feedback:
            object.__setattr__(self, "feedback", "rocchio")
        errors = {name: [message] for name, message in self._problems().items() if message}
        if errors:
            raise InvalidInput(" ".join(message for [message] in errors.values()), fields=errors)

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> "EvaluationParameters":
        """Make parameters of what a request says; unknown names are refused."""
        known = [field.name for field in fields(cls)]
        if unknown := sorted(set(values) - set(known)):
            message = f"An evaluation takes {', '.join(known)}; not {', '.join(unknown)}."
            raise InvalidInput(message, fields={name: ["Unknown."] for name in unknown})
        return cls(**{name: value for name, value in values.items() if value is not None})

    def values(self) -> dict[str, Any]:
        """Return the fields as an evaluation keeps them."""
        return asdict(self) | {"extractors": list(self.extractors), "parameters": dict(self.parameters)}

    def _problems(self) -> dict[str, str]:
        texts = not isinstance(self.extractors, str) and all(isinstance(name, str) for name in self.extractors)
        return {
            "extractors": "" if texts else "Extractors are a list of names.",
            "protocol": "" if self.protocol in PROTOCOLS else f"Protocols are {' and '.join(PROTOCOLS)}.",
            "feedback": self._feedback_problem(),
            "parameters": "" if isinstance(self.parameters, Mapping) else "Parameters are an object.",
            "rounds": _range_problem("rounds", self.rounds),
            "salts": _range_problem("salts", self.salts),
            "queries": _range_problem("queries", self.queries) if self.queries is not None else "",
        }

    def _feedback_problem(self) -> str:
        if self.feedback and self.feedback not in METHODS:
            return f"Feedback methods are {', '.join(METHODS)}."
        if self.feedback and self.protocol == "wang":
            return "The wang protocol asks without feedback; measure a method with the protocol control."
        return ""


def _range_problem(name: str, value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST[name]:
        return ""
    return f"The number of {name} is 1 to {MOST[name]}."
