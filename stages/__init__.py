"""The doors of the pipeline, a file each: main() reads, calls the library, writes and prints one line."""
