"""The chargers' front door. The way of a message:

1. `handshake` turns raw path, credentials and offered subprotocols into a `Connection`, or into a refusal.
2. `consumer` receives one text frame at a time, in order, and never waits for the station's own answer.
3. `frames.parse` makes a Call, CallResult, CallError, CallResultError or Send of it, or says what to answer.
4. `quirks` repairs what a named rule knows how to repair; `schemas` checks the payload for its version.
5. `dispatch` looks the handler up in the `Version` (its own table first, then its base's) and calls it.
6. The handler (`v16`, `v201`, `v21`) translates the payload into the apps' words and calls them.
7. Deciding handlers run in a pool thread inside the tenant; recording ones hand records to `recorder`.
8. What the handler returns is checked, encoded by `frames` and sent; an `OcppError` becomes a CALLERROR.
9. Commands travel the other way: a codec of the `Version` makes the wire payload, the answer ends the row.
"""
