"""Keys and values of older params.yaml, so that an error can say what they are called now."""

KEYS = {
    "batch": "batch_size",
    "best": "monitor",
    "channel_shift": "brightness",
    "contrast": "pca_channel",
    "ema": "ema_decay",
    "fill": "fill_mode",
    "floor": "min_accuracy",
    "judged_on": "evaluated_on",
    "keep_aspect": "preserve_aspect_ratio",
    "letters": "n_images",
    "minimum": "min_lr",
    "negative": "invert",
    "net": "network",
    "options": "kwargs",
    "peak": "pct_start",
    "photographs": "n_photos",
    "published": "baseline",
    "shift": "translation",
    "siblings": "n_neighbors",
    "standardize": "per_pixel_standardize",
    "steps": "steps_per_epoch",
    "validation": "fit_on_validation",
    "views": "tta",
}
REMOVED = ("batch", "initial_weights", "shift_x", "shift_y")  # where the section has no key of the new name
VALUES = {"geometric": "geometric_mean", "weights": "weighted_mean"}
