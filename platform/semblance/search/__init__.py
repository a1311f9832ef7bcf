"""Searches, rounds, results and the vote ledger."""
