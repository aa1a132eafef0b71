"""OCPP 2.1: only what differs from 2.0.1."""

from csms.ocpp.v201 import V201
from csms.ocpp.version import Version

V21 = Version("2.1", subprotocol="ocpp2.1", base=V201)
