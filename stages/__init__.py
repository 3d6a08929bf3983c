"""Entry points of the DAG, a file a stage: main() reads, calls the library, writes and prints one line."""
