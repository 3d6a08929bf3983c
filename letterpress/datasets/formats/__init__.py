"""Layouts of archives, a module each, with one function from Archive to RawDataset."""
