"""Screens of the ledger: what a person may pay with, one account, and a unit's accounts."""
