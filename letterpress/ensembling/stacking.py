"""Stacking: a second model that is fitted to the members' out-of-fold predictions.

After Wolpert, "Stacked Generalization" (1992), with a logistic regression on
the members' mean log-probabilities. Members with Monte Carlo splits share no
validation images; so the mean of those that voted stands for all members.
"""

import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_predict
from threadpoolctl import threadpool_limits

from letterpress.infrastructure.errors import UserError
from letterpress.storage.predictions import Predictions

EPS = 1e-7  # probabilities are clipped to it before their logarithm
GRID = {"C": [0.003, 0.01, 0.03, 0.1]}
MAX_ITER = 200
FOLDS = 5


def stack_predictions(averaged: Predictions, labels: np.ndarray, holdout: np.ndarray) -> Predictions:
    """Fit to the out-of-fold rows of averaged predictions, and predict all rows that have votes.

    Out of fold an image is predicted by a regression that was fitted without it.
    labels: int32 (n_labelled,); holdout: int32 (h,), indices of labelled images.
    Raises UserError where too few images have an out-of-fold prediction.
    """
    fitted = averaged.rows(len(labels), holdout)["oof"]
    features, targets = _features(averaged.probabilities[fitted]), labels[fitted]
    if np.count_nonzero(np.bincount(targets) >= FOLDS) < 2:
        raise UserError(
            f"params.yaml: ensemble.method: stacking needs {FOLDS} validation images in each of two classes; "
            "raise split.validation, or choose mean."
        )
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    probabilities = np.zeros_like(averaged.probabilities)
    others = np.setdiff1d(np.flatnonzero(averaged.voted), fitted)
    # Warnings are of classes too rare for every fold; on matrices this small several threads wait for each other.
    with warnings.catch_warnings(action="ignore"), threadpool_limits(1):
        search = GridSearchCV(LogisticRegression(max_iter=MAX_ITER), GRID, cv=folds).fit(features, targets)
        model = search.best_estimator_
        out_of_fold = cross_val_predict(model, features, targets, cv=folds, method="predict_proba")
        probabilities[np.ix_(fitted, model.classes_)] = out_of_fold
        if len(others):
            predicted = model.predict_proba(_features(averaged.probabilities[others]))
            probabilities[np.ix_(others, model.classes_)] = predicted
    return Predictions(probabilities, averaged.n_votes)


def _features(probabilities: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(probabilities, EPS))
