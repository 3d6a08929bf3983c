"""Write the competition's answer: data/submission.csv.

python stages submit
"""

from letterpress.evaluation.submission import make_submission
from letterpress.infrastructure.files import write_text
from letterpress.storage import prepared as arrays
from letterpress.storage.predictions import load_ensemble


def main() -> None:
    classes, ids = arrays.load_classes(), arrays.load_array(arrays.PREPARED / "test_ids.npy").tolist()
    labels = [classes[label] for label in load_ensemble().test.argmax(axis=1)]
    write_text("data/submission.csv", make_submission(ids, labels, arrays.load_sample()))
    print(f"data/submission.csv: {len(ids)} images")
