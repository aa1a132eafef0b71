"""The front door of the installation's own staff."""
