"""Errors in the order in which labels are worth a look."""

import os
from dataclasses import replace

import numpy as np

from letterpress.evaluation.errors import errors_csv, find_errors
from tests.predictions import make_predictions, make_split

CLASSES = ["a", "b,"]
LABELS = np.array([0, 1, 0, 1, 0, 1])
# Certain, certain, unsure, right, certain, without a vote.
PROBABILITIES = [[0.09, 0.91], [0.95, 0.05], [0.4, 0.6], [0.2, 0.8], [0.01, 0.99], [0, 0]]
FINAL = make_predictions(PROBABILITIES, [2, 1, 2, 2, 2, 0])

ONE = make_predictions([[0.1, 0.9], [0.9, 0.1], [0.3, 0.7], [0.2, 0.8], [0.6, 0.4], [0, 0]])
OTHER = make_predictions([[0.1, 0.9], [0, 0], [0.6, 0.4], [0.2, 0.8], [0.1, 0.9], [0, 0]])


def test_suspected_label_errors_come_first_then_the_largest_gap():
    """A label is suspected where the ensemble is confident and all members with a vote agree."""
    errors = find_errors(FINAL, {"m0": ONE, "m1": OTHER}, LABELS)
    assert errors.rows.tolist() == [1, 0, 4, 2]
    assert errors.predicted.tolist() == [0, 1, 1, 1]
    assert errors.suspected.tolist() == [True, True, False, False]
    np.testing.assert_allclose(errors.gaps, [0.9, 0.82, 0.98, 0.2], atol=1e-6)


def test_a_tie_that_is_predicted_wrongly_is_an_error():
    errors = find_errors(make_predictions([[0.5, 0.5], [0.5, 0.5]]), {}, np.array([0, 1]))
    assert errors.rows.tolist() == [1]


def test_every_error_is_a_row():
    ids = np.array(["x\n.png", os.fsdecode(b"\xe9.png"), "2", "3", "4", "5"])
    labelled = replace(make_split(LABELS.tolist()), ids=ids)
    errors = find_errors(FINAL, {"m0": ONE, "m1": OTHER}, LABELS)
    assert errors_csv(errors, FINAL, labelled, CLASSES).splitlines() == [
        "file,true_class,predicted_class,probability,probability_of_true_class,n_votes,suspected_label_error",
        '\\xe9.png,"b,",a,0.950000,0.050000,1,yes',
        'x\\n.png,a,"b,",0.910000,0.090000,2,yes',
        '4,a,"b,",0.990000,0.010000,2,',
        '2,a,"b,",0.600000,0.400000,2,',
    ]
