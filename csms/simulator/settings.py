"""What an operator can set at a station, whatever its version calls it."""

from dataclasses import dataclass

SAMPLED = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage,SoC"
REGISTER = "Energy.Active.Import.Register"


@dataclass(slots=True)
class Settings:
    """The settings that change what the station does; a configuration key or a variable is bound to each."""

    password: str = ""
    heartbeat_interval_s: int = 300
    sample_interval_s: int = 30
    sampled_measurands: str = SAMPLED
    ended_measurands: str = REGISTER
    connection_timeout_s: int = 120
    message_attempts: int = 3
    message_retry_interval_s: int = 20
    websocket_ping_interval_s: int = 60
    items_per_report: int = 20
    is_remote_start_authorized: bool = True
    is_invalid_id_stopped: bool = True
    is_unknown_id_accepted_offline: bool = True
    is_local_authorization_offline: bool = True
    is_local_list_enabled: bool = True
    is_locally_preauthorized: bool = False

    def text(self, name: str) -> str:
        """Return a setting as the wire writes it."""
        value = getattr(self, name)
        return str(value).lower() if isinstance(value, bool) else str(value)

    def change(self, name: str, text: str) -> None:
        """Change a setting from the wire's text.

        Raises: ValueError when the text is no value of the setting's type.
        """
        setattr(self, name, _read(text, type(getattr(self, name))))


def _read(text: str, kind: type) -> object:
    if kind is bool:
        return _boolean(text)
    if kind is int:
        return _count(text)
    return text


def _boolean(text: str) -> bool:
    word = text.strip().lower()
    if word not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return word == "true"


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(f"{text!r} is negative")
    return number
