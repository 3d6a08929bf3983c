"""A second model on top of the members: it learns from their answers on images that they did not learn from.

After Wolpert, "Stacked Generalization" (1992), with a logistic regression of
the members' mean log-probabilities. Members that are split by Monte Carlo
share no validation images; so the mean over whoever judged an image stands
for all of them.
"""

import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_predict
from threadpoolctl import threadpool_limits

from letterpress.infrastructure.errors import UserError
from letterpress.storage.predictions import EnsemblePredictions

EPS = 1e-7  # a probability's floor before its logarithm
STRENGTHS = (0.003, 0.01, 0.03, 0.1)  # inverse regularisation
ITERATIONS = 200
FOLDS = 5


def stack(averaged: EnsemblePredictions, labels: np.ndarray) -> EnsemblePredictions:
    """Fit on the out-of-fold rows of an averaged judgement and their labels, int (n,), and judge all parts anew.

    Out of fold an image is judged by a regression that was fitted without it.
    Raises UserError where too few images were judged out of fold to learn from.
    """
    judged = np.flatnonzero(averaged.judges)
    features, truth = _features(averaged.oof[judged]), labels[judged]
    if np.count_nonzero(np.bincount(truth) >= FOLDS) < 2:
        raise UserError(
            f"params.yaml: ensemble.method: stacking needs {FOLDS} validation images in each of two classes; "
            "raise split.validation, or choose mean."
        )
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    grid = {"C": list(STRENGTHS)}
    # Warnings are of classes too rare for every fold; on matrices this small several threads wait for each other.
    with warnings.catch_warnings(action="ignore"), threadpool_limits(1):
        search = GridSearchCV(LogisticRegression(max_iter=ITERATIONS), grid, cv=folds).fit(features, truth)
        model = search.best_estimator_
        unseen = cross_val_predict(model, features, truth, cv=folds, method="predict_proba")
    n_classes = averaged.oof.shape[1]
    oof = np.zeros_like(averaged.oof)
    oof[judged] = _all_classes(unseen, model.classes_, n_classes)

    def judge(probabilities: np.ndarray) -> np.ndarray:
        if len(probabilities) == 0:
            return probabilities
        return _all_classes(model.predict_proba(_features(probabilities)), model.classes_, n_classes)

    return EnsemblePredictions(oof, averaged.judges, judge(averaged.holdout), judge(averaged.test))


def _features(probabilities: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(probabilities, EPS))


def _all_classes(probabilities: np.ndarray, found: np.ndarray, n_classes: int) -> np.ndarray:
    """Columns for the classes that the model has never seen, too."""
    full = np.zeros((len(probabilities), n_classes), np.float32)
    full[:, found] = probabilities
    return full
