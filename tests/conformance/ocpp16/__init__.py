"""The 77 cases of OCPP 1.6 for a central system."""
