"""Archives from Kaggle, or from a local folder of downloaded archives."""
