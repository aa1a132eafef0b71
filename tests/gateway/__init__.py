"""The chargers' door over real sockets, held by a real gateway process."""
