"""goldspike: a cycle-accurate simulator of published chips, with their RTL beside it."""
