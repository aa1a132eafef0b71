"""Charging: transactions, what their meters say, and what moves them."""
