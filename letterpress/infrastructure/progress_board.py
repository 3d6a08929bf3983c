"""One line of status a member: bars on a terminal, the members' own lines elsewhere."""

import re
import sys
from collections.abc import Iterable

from tqdm import tqdm

EPOCH = re.compile(r"^(?P<member>[^:]+): epoch (?P<epoch>\d+)/(?P<epochs>\d+): (?P<figures>.*)$")


class ProgressBoard:
    """Shows how far each member is; use as a context, from any thread."""

    def __init__(self, members: Iterable[str]) -> None:
        form = "{desc}|{bar:20}| {n_fmt}/{total_fmt} epochs [{elapsed}<{remaining}]{postfix}"
        self.bars = {
            key: tqdm(total=0, desc=f"{key} waits", position=i, bar_format=form, disable=None, leave=True)
            for i, key in enumerate(members)
        }

    def __enter__(self) -> "ProgressBoard":
        return self

    def __exit__(self, *_: object) -> None:
        for bar in self.bars.values():
            bar.close()

    def start(self, member: str) -> None:
        """A member's work begins."""
        self._tell(member, "runs")
        if not self.bars[member].disable:
            self.bars[member].reset()

    def line(self, member: str, text: str) -> None:
        """What a member's process has said."""
        found, bar = EPOCH.match(text), self.bars[member]
        if found is None:
            return
        if bar.disable:
            print(text, flush=True)
            return
        bar.total, bar.n = int(found["epochs"]), int(found["epoch"])
        bar.set_postfix_str(found["figures"])

    def end(self, member: str, failed: bool) -> None:
        """A member is trained and has judged; or it failed."""
        self._tell(member, "failed" if failed else "done")

    def _tell(self, member: str, state: str) -> None:
        if self.bars[member].disable:
            print(f"{member}: {state}", flush=True)
        else:
            self.bars[member].set_description_str(f"{member} {state}")
        sys.stderr.flush()
