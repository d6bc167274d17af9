"""Pages of the directory: the public contact list, and where it is looked after."""
