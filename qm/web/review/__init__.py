"""The QA reviewer: queue, review of a call, evaluations, agreement."""
