"""The operators' front door: server-rendered pages, one module per entry of the menu, and the socket that says what changed."""
