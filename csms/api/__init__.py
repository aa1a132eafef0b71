"""Front door 3: programs. Resources of a tenant as JSON under `/api/v1/`, for the holders of an API key.

The way of a request: key (`authentication`) → role (`permissions`) → query (`views`, `filters`, `pagination`) → body (`parsers`, `strict`)
→ once per Idempotency-Key (`idempotency`) → a verb of an app → JSON (`renderers`), or a problem document (`problems`).
One module per resource. Only `waiting` is asynchronous: it waits for a station's answer without occupying a thread.
"""
