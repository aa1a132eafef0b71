"""Tolerance, as named rules. The only place where a vendor is named.

A message that OCPP's schema accepts comes through here untouched. One that it refuses is mended, each mend under the name of its rule (`mending`); what
is still wrong is tolerated where no wrong money can come of it (`tolerance`), or refused. Text that is no JSON is mended for those chargers that are
known for it (`texts`). Which rules are in force for a station, beyond those that can harm nobody, comes from its make (`profiles/*.json`) and from its own switches.
The texts and the counting of rules are in `chargers.deviations`.
"""

from csms.ocpp.quirks.engine import check, check_response
from csms.ocpp.quirks.profiles import NONE, Own, Quirks, find
from csms.ocpp.quirks.texts import reread

__all__ = ["NONE", "Own", "Quirks", "check", "check_response", "find", "reread"]
