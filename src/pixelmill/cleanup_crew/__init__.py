"""The cleanup crew: the role that expires results and removes what nobody will ask for again."""
