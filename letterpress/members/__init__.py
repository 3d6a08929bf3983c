"""Members of an ensemble: networks, their training and their judgement."""
