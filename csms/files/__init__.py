"""The files' door for chargers: firmware to fetch and logs to deliver, each at an address for one station, once and for a while."""
