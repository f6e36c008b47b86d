"""Screens of timed booking: calendar and form, my bookings, use at the instrument, the manager's desk, people, rules."""
