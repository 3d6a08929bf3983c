"""Formats of data sets, a module each: read(archive) finds images, labels and the sample submission."""
