"""µBrain as circuits."""
