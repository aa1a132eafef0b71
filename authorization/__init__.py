"""Who may charge: id tokens, their groups, and the decisions about them."""
