"""The section `cluster`: where members train; no figure depends on it, and no stage is stale when it changes."""

from dataclasses import dataclass

from letterpress.configuration.loading import within


@dataclass(frozen=True)
class Cluster:
    """`cluster: null` trains members on this machine."""

    address: str  # of a running Ray cluster: HOST:PORT, or auto for the one that this machine belongs to
    cpus: float = within(0)  # that a member takes of a node
    gpus: float = within(0)  # the same; fractions share a GPU
