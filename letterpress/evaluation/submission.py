"""The file data/submission.csv in the competition's own header and order."""

import csv
import io

from letterpress.infrastructure.errors import UserError

HEADER = ("ID", "Class")  # for a data set without a sample submission


def make_submission(ids: list[str], classes: list[str], sample: bytes | None) -> str:
    """Format a row for each test image; raise UserError unless the ids and their order are the sample's."""
    header = HEADER
    if sample is not None:
        rows = list(csv.reader(io.StringIO(sample.decode("utf-8-sig"), newline=None)))
        header, expected = rows[0] if rows else [], [row[0] for row in rows[1:] if row]
        if len(header) != 2:
            raise UserError(
                f"the sample submission: expected a header of two columns, received {','.join(header)!r}; "
                "correct it in the archive."
            )
        if expected != ids:
            raise UserError(
                f"data/submission.csv: expected the {len(expected)} ids of the sample submission in its order, "
                f"received {len(ids)} ids; run `dvc repro preprocess`."
            )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(zip(ids, classes, strict=True))
    return text.getvalue()
