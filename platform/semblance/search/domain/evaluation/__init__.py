"""Measure retrieval on a collection's labels."""

from semblance.search.domain.evaluation.measuring import evaluate_collection
from semblance.search.domain.evaluation.parameters import EvaluationParameters
from semblance.search.domain.evaluation.requests import EVALUATE_TASK, request_evaluation, run_evaluation

__all__ = ["EVALUATE_TASK", "EvaluationParameters", "evaluate_collection", "request_evaluation", "run_evaluation"]
