"""The commands of 2.0.1 about the device model: variables and reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from csms.simulator.clock import timestamp
from csms.simulator.device_model201 import READ_ONLY, READ_WRITE, WRITE_ONLY, Variable, build
from csms.simulator.link import Answer, Payload
from csms.simulator.model import State
from csms.simulator.wire import Wire, answers

SUMMARY = ("availabilitystate", "available", "firmwareversion", "model", "vendorname")
LIMITS = {"integer": int, "decimal": float}


class DeviceModel(Wire):
    """A wire with a device model: GetVariables, SetVariables, GetBaseReport, GetReport."""

    variables: dict[tuple[object, ...], Variable]

    def build_model(self, availability: Callable[[State], str]) -> None:
        """Make the model of this station."""
        self.variables = build(self.station, availability)

    @answers("GetVariables")
    def get_variables(self, payload: Payload) -> Answer:
        """Read variables, each with its own result (S2-06)."""
        return Answer({"getVariableResult": [self._get(each) for each in payload["getVariableData"]]})

    @answers("SetVariables")
    def set_variables(self, payload: Payload) -> Answer:
        """Change variables, each with its own result."""
        answer = Answer({"setVariableResult": [self._set(each) for each in payload["setVariableData"]]})
        self.station.uplink.interval_changed.set()
        return answer

    @answers("GetBaseReport")
    def get_base_report(self, payload: Payload) -> Answer:
        """Promise a report and send it in parts (S2-03)."""
        chosen: dict[str, Callable[[Variable], bool]] = {
            "FullInventory": lambda _variable: True,
            "ConfigurationInventory": lambda variable: variable.mutability != READ_ONLY,
            "SummaryInventory": lambda variable: variable.name.lower() in SUMMARY,
        }
        is_wanted = chosen[payload["reportBase"]]
        return self._reporting(int(payload["requestId"]), filter(is_wanted, self.variables.values()))

    @answers("GetReport")
    def get_report(self, payload: Payload) -> Answer:
        """Report the variables that fit the criteria and the components asked for."""
        rows = [
            each for each in self.variables.values() if self._fits(each, payload.get("componentCriteria"))
        ]
        asked = payload.get("componentVariable")
        if asked is not None:
            rows = [row for row in rows if any(_matches(row, wanted) for wanted in asked)]
        return self._reporting(int(payload["requestId"]), rows)

    def shown(self, variable: Variable) -> str | None:
        """Return a variable's value, None if it may only be written."""
        if variable.mutability == WRITE_ONLY:
            return None
        if variable.read is not None:
            return variable.read()
        return self.station.settings.text(variable.setting) if variable.setting else variable.value

    def _fits(self, variable: Variable, criteria: list[str] | None) -> bool:
        """Judge by the component: what is not built in or switched off is not Active, nothing has a Problem."""
        if not criteria:
            return True
        flags = {}
        for criterion, name, default in (("Available", "available", "true"), ("Enabled", "enabled", "true")):
            flag = next((each for each in self._of_component(variable) if each.name.lower() == name), None)
            flags[criterion] = (self.shown(flag) if flag else default) == "true"
        flags["Active"] = flags["Available"] and flags["Enabled"]
        return any(flags.get(criterion, False) for criterion in criteria)

    def _of_component(self, variable: Variable) -> Iterable[Variable]:
        return (each for each in self.variables.values() if each.key[:3] == variable.key[:3])

    def _reporting(self, request_id: int, rows: Iterable[Variable]) -> Answer:
        reported = [row.report(self.shown(row)) for row in rows]
        if not reported:
            return Answer({"status": "EmptyResultSet"})
        return Answer({"status": "Accepted"}, lambda: self._report(request_id, reported))

    async def _report(self, request_id: int, rows: list[Payload]) -> None:
        size = max(1, self.station.settings.items_per_report)
        for seq_no, first in enumerate(range(0, len(rows), size)):
            part: Payload = {
                "requestId": request_id,
                "generatedAt": timestamp(self.station.clock.now()),
                "seqNo": seq_no,
                "tbc": first + size < len(rows),
                "reportData": rows[first : first + size],
            }
            await self.station.say("NotifyReport", part)

    def _get(self, asked: Payload) -> Payload:
        result = _echo(asked)
        variable, status = self._find(asked)
        if variable is None:
            return result | {"attributeStatus": status}
        value = self.shown(variable)
        if value is None:
            return result | {
                "attributeStatus": "Rejected",
                "attributeStatusInfo": {"reasonCode": "WriteOnly"},
            }
        return result | {"attributeStatus": "Accepted", "attributeValue": value}

    def _set(self, asked: Payload) -> Payload:
        result = _echo(asked)
        variable, status = self._find(asked)
        if variable is None:
            return result | {"attributeStatus": status}
        if variable.mutability not in (READ_WRITE, WRITE_ONLY):
            return result | {"attributeStatus": "Rejected", "attributeStatusInfo": {"reasonCode": "ReadOnly"}}
        try:
            self._change(variable, str(asked["attributeValue"]))
        except ValueError:
            return result | {
                "attributeStatus": "Rejected",
                "attributeStatusInfo": {"reasonCode": "InvalidValue"},
            }
        return result | {"attributeStatus": "Accepted"}

    def _change(self, variable: Variable, value: str) -> None:
        if variable.setting is not None:
            self.station.settings.change(variable.setting, value)
            return
        if variable.data_type == "boolean" and value.lower() not in ("true", "false"):
            raise ValueError(value)
        LIMITS.get(variable.data_type, str)(value)
        variable.value = value

    def _find(self, asked: Payload) -> tuple[Variable | None, str]:
        """Find a variable, or say why there is none."""
        key = _key(asked["component"], asked["variable"])
        if not any(each[:3] == key[:3] for each in self.variables):
            return None, "UnknownComponent"
        if key not in self.variables:
            return None, "UnknownVariable"
        if asked.get("attributeType", "Actual") != "Actual":
            return None, "NotSupportedAttributeType"
        return self.variables[key], "Accepted"


def _key(component: Payload, variable: Payload) -> tuple[object, ...]:
    evse: Payload = component.get("evse", {})
    instance = variable.get("instance")
    return (
        str(component["name"]).lower(),
        evse.get("id"),
        evse.get("connectorId"),
        str(variable["name"]).lower(),
        str(instance).lower() if instance else None,
    )


def _matches(row: Variable, wanted: Payload) -> bool:
    """Compare without case; what is not given fits everything."""
    component: Payload = wanted["component"]
    variable: Payload = wanted.get("variable", {})
    evse: Payload = component.get("evse", {})
    pairs = (
        (component["name"], row.component),
        (evse.get("id"), row.evse_id),
        (evse.get("connectorId"), row.connector_id),
        (variable.get("name"), row.name),
        (variable.get("instance"), row.instance),
    )
    return all(given is None or str(given).lower() == str(own).lower() for given, own in pairs)


def _echo(asked: Payload) -> Payload:
    names = ("component", "variable", "attributeType")
    return {name: asked[name] for name in names if name in asked}
