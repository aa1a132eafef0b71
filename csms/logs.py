"""Log lines: one line of JSON each, with tenant, station and message id where the caller gives them."""

import json
import logging
from datetime import UTC, datetime

CONTEXT_FIELDS = ("tenant", "station", "message_id", "action")


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON; line breaks in hostile text are escaped by the encoding."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its line end."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in CONTEXT_FIELDS if hasattr(record, name)}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)
