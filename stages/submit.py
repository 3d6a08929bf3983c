"""Write the predicted class of every test image in the competition's format.

Reads data/ensemble/ and data/prepared/test/; writes data/submission.csv.

python stages submit
"""

from letterpress.configuration.params import Params
from letterpress.evaluation.submission import make_submission
from letterpress.infrastructure.files import write_text
from letterpress.storage.predictions import load_predictions
from letterpress.storage.prepared import load_classes, load_labels, load_sample, load_split


def main(params: Params) -> None:
    ids, classes = load_split("test").ids.tolist(), load_classes()
    predicted = load_predictions().probabilities[len(load_labels()) :].argmax(axis=1)
    write_text("data/submission.csv", make_submission(ids, [classes[label] for label in predicted], load_sample()))
    print(f"data/submission.csv: {len(ids)} images")
