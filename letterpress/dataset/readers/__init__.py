"""Readers, a layout each: read(archive) finds images, labels and the sample submission."""
