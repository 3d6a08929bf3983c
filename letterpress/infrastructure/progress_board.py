"""Show the progress of several members: a bar each on a terminal, their own lines elsewhere."""

import re
import sys
from collections.abc import Iterable

from tqdm import tqdm

EPOCH = re.compile(r"^(?P<member>[^:]+): epoch (?P<epoch>\d+)/(?P<epochs>\d+): (?P<figures>.*)$")
BAR = "{desc}|{bar:20}| {n_fmt}/{total_fmt} epochs [{elapsed}<{remaining}]{postfix}"


class ProgressBoard:
    """Shows how far each member is; a context manager whose methods any thread may call."""

    def __init__(self, members: Iterable[str]) -> None:
        self.bars = {
            key: tqdm(total=0, desc=f"{key} waits", position=i, bar_format=BAR, disable=None, leave=True)
            for i, key in enumerate(members)
        }

    def __enter__(self) -> "ProgressBoard":
        return self

    def __exit__(self, *_: object) -> None:
        for bar in self.bars.values():
            bar.close()

    def start(self, member: str) -> None:
        """Show that a member runs."""
        self._show_state(member, "runs")
        if not self.bars[member].disable:
            self.bars[member].reset()

    def line(self, member: str, text: str) -> None:
        """Show a line of a member's output if it reports an epoch."""
        match, bar = EPOCH.match(text), self.bars[member]
        if match is None:
            return
        if bar.disable:
            print(text, flush=True)
            return
        bar.total, bar.n = int(match["epochs"]), int(match["epoch"])
        bar.set_postfix_str(match["figures"])

    def end(self, member: str, failed: bool) -> None:
        """Show that a member is done, or has failed."""
        self._show_state(member, "failed" if failed else "done")

    def _show_state(self, member: str, state: str) -> None:
        if self.bars[member].disable:
            print(f"{member}: {state}", flush=True)
        else:
            self.bars[member].set_description_str(f"{member} {state}")
        sys.stderr.flush()
