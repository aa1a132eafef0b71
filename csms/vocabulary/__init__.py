"""What each version of OCPP can say: its actions and the schemas of their payloads, as data by the version's name.

Every front door may read it; it imports none of them, and no app.
"""
