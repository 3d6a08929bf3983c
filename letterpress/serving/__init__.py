"""Load a trained ensemble, and let it leave."""
